namespace Notify.Operators.Console;

/// <summary>What an editor chose for when it goes.</summary>
public enum Moment
{
    Now,
    At,

    /// <summary>At a time of each reader's own day.</summary>
    Local,
}
