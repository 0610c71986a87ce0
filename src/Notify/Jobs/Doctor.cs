using System.Runtime.CompilerServices;

namespace Notify.Jobs;

/// <summary>How something is that the doctor looked at.</summary>
public enum CheckMark
{
    Good,

    /// <summary>It works, and will or may not for long.</summary>
    Warning,

    /// <summary>It is wrong, and somebody has to mend it.</summary>
    Bad,

    /// <summary>It was not looked at, and the line says why.</summary>
    Skipped,

    /// <summary>Whoever knows could not be asked: neither good nor bad.</summary>
    Away,
}

/// <summary>A line of the doctor.</summary>
/// <param name="What">What was looked at.</param>
/// <param name="Mark">How it is.</param>
/// <param name="Says">What was found; when it is not good, also what to do.</param>
/// <param name="Copy">What to enter elsewhere or compare, word for word, such as a DNS record; empty where there is nothing.</param>
public sealed record CheckResult(string What, CheckMark Mark, string Says, string Copy = "")
{
    /// <summary>Of what is either good or bad.</summary>
    public CheckResult(string what, bool isGood, string says)
        : this(what, isGood ? CheckMark.Good : CheckMark.Bad, says)
    {
    }

    public bool IsGood => Mark == CheckMark.Good;

    public string Word => WordOf(Mark);

    /// <summary>A mark in a word, at most four letters long.</summary>
    public static string WordOf(CheckMark mark) => mark switch
    {
        CheckMark.Good => "good",
        CheckMark.Warning => "warn",
        CheckMark.Bad => "BAD",
        CheckMark.Skipped => "skip",
        _ => "away",
    };

    /// <summary>As a terminal shows it.</summary>
    public override string ToString() => $"{Word,-4}  {What}: {Says}{(Copy.Length > 0 ? $"\n      {Copy}" : "")}";
}

/// <summary>Asks every check, one after the other; one that cannot look is a line too.</summary>
public sealed class Doctor(IEnumerable<ICheck> checks)
{
    private readonly ICheck[] _checks = [.. checks];

    /// <summary>How many parts a look has.</summary>
    public int Parts => _checks.Length;

    /// <summary>The lines of each part, as soon as they are known.</summary>
    public async IAsyncEnumerable<IReadOnlyList<CheckResult>> LookAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var check in _checks)
        {
            yield return await LookAsync(check, cancellationToken);
        }
    }

    private static async Task<IReadOnlyList<CheckResult>> LookAsync(ICheck check, CancellationToken cancellationToken)
    {
        try
        {
            return await check.CheckAsync(cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return [new CheckResult("doctor", CheckMark.Bad, $"could not look: {e.Message}")];
        }
    }
}
