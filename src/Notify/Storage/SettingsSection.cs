namespace Notify.Storage;

/// <summary>A section of the settings and what it can hold; each feature registers its own, and the start holds what it finds against them.</summary>
public sealed record SettingsSection(string Name, Type Type);
