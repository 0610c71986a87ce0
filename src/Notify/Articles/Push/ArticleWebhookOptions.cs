using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;

namespace Notify.Articles.Push;

/// <summary>Content systems that tell of their articles by themselves.</summary>
public enum ArticleWebhookKind
{
    Ghost = 1,
    WordPress = 2,
}

/// <summary>An entry of section <c>ArticleWebhooks</c>, by the name that stands in its address.</summary>
public sealed class ArticleWebhookOptions
{
    public ArticleWebhookKind Kind { get; set; } = ArticleWebhookKind.Ghost;

    /// <summary>Newest first; each of them proves a call. Without any the address answers 404.</summary>
    public IList<string> Secrets { get; set; } = [];

    /// <summary>From the system's tags and categories to topic keys; what is called like a topic is that topic.</summary>
    public IDictionary<string, string> Topics { get; set; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Those that are set; an empty one is none.</summary>
    internal IReadOnlyList<string> Usable => [.. Secrets.Where(secret => secret.Length > 0)];
}

/// <summary>The whole of the section.</summary>
internal sealed class ArticleWebhooksOptions
{
    public IDictionary<string, ArticleWebhookOptions> ArticleWebhooks { get; set; } = new Dictionary<string, ArticleWebhookOptions>(StringComparer.OrdinalIgnoreCase);
}

/// <summary>A secret that can be guessed lets anybody write to every reader.</summary>
internal sealed partial class ArticleWebhookRules : IValidateOptions<ArticleWebhooksOptions>
{
    private const int ShortestSecret = 16;

    public ValidateOptionsResult Validate(string? name, ArticleWebhooksOptions options)
    {
        var faults = options.ArticleWebhooks.SelectMany(source => Faults(source.Key, source.Value)).ToList();
        return faults.Count > 0 ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }

    private static IEnumerable<string> Faults(string name, ArticleWebhookOptions options)
    {
        if (!Name().IsMatch(name))
        {
            yield return $"ArticleWebhooks:{name} stands in an address: use lower-case letters, digits and dashes, at most 40.";
        }

        foreach (var (index, _) in options.Secrets.Index().Where(secret => secret.Item.Length is > 0 and < ShortestSecret))
        {
            yield return $"ArticleWebhooks:{name}:Secrets:{index} is shorter than {ShortestSecret} characters and could be guessed; make one with: openssl rand -hex 32.";
        }
    }

    [GeneratedRegex("^[a-z0-9-]{1,40}$", RegexOptions.NonBacktracking)]
    private static partial Regex Name();
}
