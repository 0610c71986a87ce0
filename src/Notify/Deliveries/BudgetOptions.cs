using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Notify.Deliveries;

/// <summary>Section <c>Budget</c>: what texts may cost.</summary>
public sealed class BudgetOptions
{
    /// <summary>What texts may cost on one day, by the clock of the publication; 0: no bound.</summary>
    [Range(0, 10_000_000)]
    public decimal PerDay { get; set; }

    /// <summary>What they may cost in a calendar month; 0: no bound.</summary>
    [Range(0, 10_000_000)]
    public decimal PerMonth { get; set; }

    /// <summary>ISO 4217; what the prices are in.</summary>
    [StringLength(3, MinimumLength = 3)]
    public string Currency { get; set; } = "USD";

    /// <summary>The soft stop, as a share of the budget: an alert that would go beyond it waits for a person's word. A breaking one goes, and a person is told.</summary>
    [Range(0, 1)]
    public double Soft { get; set; } = 0.8;

    /// <summary>The hard stop, as a share of the budget: no text of any alert leaves beyond it until the day or the month is over. Confirmations and replies do.</summary>
    [Range(0, 100)]
    public double Hard { get; set; } = 1;

    /// <summary>A table of prices, in place of the one that comes with Notify; empty: that one.</summary>
    public string PricesFile { get; set; } = "";

    internal bool IsSet => PerDay > 0 || PerMonth > 0;

    /// <summary>An amount as people write it.</summary>
    internal string Say(decimal amount) => string.Create(CultureInfo.InvariantCulture, $"{amount:N2} {Currency}");
}
