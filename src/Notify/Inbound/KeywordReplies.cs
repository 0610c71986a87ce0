namespace Notify.Inbound;

/// <summary>Who answers keywords on a sender.</summary>
public enum KeywordReplies
{
    Provider,
    App,
}
