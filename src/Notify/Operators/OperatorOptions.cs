using System.ComponentModel.DataAnnotations;

namespace Notify.Operators;

/// <summary>Section <c>Operators</c>.</summary>
public sealed class OperatorOptions
{
    /// <summary>An API key that may do everything, for the first start; empty = none. Make real keys with it and take it out.</summary>
    public string BootstrapKey { get; set; } = "";

    /// <summary>A mail address that alarms go to.</summary>
    public string AlarmTo { get; set; } = "";

    /// <summary>How long a sign-in lasts.</summary>
    [Range(typeof(TimeSpan), "00:05:00", "30.00:00:00", ErrorMessage = "Operators:SignInLength must be 5 minutes to 30 days.")]
    public TimeSpan SignInLength { get; set; } = TimeSpan.FromHours(12);

    /// <summary>How long a one-time link can be used.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "7.00:00:00", ErrorMessage = "Operators:LinkLife must be one minute to 7 days.")]
    public TimeSpan LinkLife { get; set; } = TimeSpan.FromMinutes(30);
}
