namespace Notify.Web;

/// <summary>Names of who may do what; <c>Operators</c> gives them their meaning.</summary>
public static class Policies
{
    /// <summary>Any signed-in operator, or a key that may read.</summary>
    public const string Viewer = "viewer";

    /// <summary>May publish, pause and resume.</summary>
    public const string Editor = "editor";

    /// <summary>May do everything, keys and operators included.</summary>
    public const string Admin = "admin";

    /// <summary>A key (or an editor) that may hand in articles.</summary>
    public const string ArticlesWrite = "articles:write";

    /// <summary>A key (or an operator) that may look readers up.</summary>
    public const string SubscribersRead = "subscribers:read";

    /// <summary>A key (or an editor) that may record a stop that came another way.</summary>
    public const string SubscribersWrite = "subscribers:write";

    /// <summary>A key (or an operator) that may look at alerts and deliveries.</summary>
    public const string AlertsRead = "alerts:read";

    /// <summary>A key (or an editor) that may pause, resume and cancel.</summary>
    public const string AlertsWrite = "alerts:write";
}
