namespace Notify.Sandbox;

/// <summary>The local carrier: a stand-in for a text provider and a mail relay, on loopback, for development and tests.</summary>
public sealed class LocalCarrier;
