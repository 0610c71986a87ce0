namespace Notify.Operators;

/// <summary>Section <c>Operators</c>.</summary>
public sealed class OperatorOptions
{
    /// <summary>An API key that may do everything, for the first start; empty = none. Make real keys with it and take it out.</summary>
    public string BootstrapKey { get; set; } = "";

    /// <summary>A mail address that alarms go to.</summary>
    public string AlarmTo { get; set; } = "";

    /// <summary>How long a sign-in lasts.</summary>
    public TimeSpan SignInLength { get; set; } = TimeSpan.FromHours(12);

    /// <summary>How long a one-time link can be used.</summary>
    public TimeSpan LinkLife { get; set; } = TimeSpan.FromMinutes(30);
}
