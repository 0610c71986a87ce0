using System.CommandLine;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Notify.Articles;
using Notify.Inbound;
using Notify.Inbound.Returns;
using Notify.Messages;
using Notify.Publication;
using Notify.Web;

namespace Notify.Verbs;

/// <summary>Shows what Notify makes of a feed, a text or a mail that came back, a JSON line each.</summary>
internal static class Explain
{
    private const long MaxBytes = 10 * 1024 * 1024;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Verb()
    {
        var sources = new Argument<string[]>("source") { Description = "Files or addresses.", Arity = ArgumentArity.OneOrMore };
        var feed = new Command("feed", "What is read from a feed.") { sources };
        feed.SetAction((parse, token) => FeedsAsync(parse.GetValue(sources)!, token));
        var body = new Argument<string>("body") { Description = "The text; - reads one a line from standard input." };
        var locale = new Option<string>("--locale") { Description = "The reader's language; replies are read in all of them, so it changes nothing." };
        var text = new Command("text", "How a text is counted, and how it would be read as a reply.") { body, locale };
        text.TreatUnmatchedTokensAsErrors = false;
        Commands.Act(text, (parse, settings, token) => TextsAsync(parse.GetValue(body)!, settings, token));
        var files = new Argument<string[]>("file") { Description = "Files with a mail each, or several in an mbox.", Arity = ArgumentArity.OneOrMore };
        var bounce = new Command("bounce", "What is read from a mail that came back: a bounce, a complaint, an automatic reply.") { files };
        bounce.SetAction(parse => Bounces(parse.GetValue(files)!));
        return new Command("explain", "What Notify makes of a feed, a text or a mail that came back.") { feed, text, bounce };
    }

    private static async Task<int> FeedsAsync(string[] sources, CancellationToken cancellationToken)
    {
        var isGood = true;
        foreach (var source in sources)
        {
            try
            {
                var (bytes, type, url) = await LoadAsync(source, cancellationToken);
                var feed = FeedReader.Read(bytes, type, url);
                Print(new { source, format = feed.Format, items = feed.Items.Select(Shown), problems = feed.Problems });
            }
            catch (Exception e) when (e is IOException or FetchException or UnauthorizedAccessException or InvalidOperationException)
            {
                Print(new { source, format = "none", items = Array.Empty<FeedItem>(), problems = new[] { e.Message } });
                isGood = false;
            }
        }

        return isGood ? 0 : 1;
    }

    private static object Shown(FeedItem item) => new
    {
        item.Id,
        item.Link,
        item.Title,
        item.Summary,
        published = item.Published?.UtcDateTime,
        updated = item.Updated?.UtcDateTime,
        item.Categories,
    };

    private static async Task<(ReadOnlyMemory<byte> Bytes, string? Type, Uri Url)> LoadAsync(string source, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(source, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
        {
            return (Start(source), null, new Uri("file://" + Path.GetFullPath(source)));
        }

        await using var app = NotifyApp.Build([]);
        var result = await app.Services.GetRequiredService<OutboundHttp>().FetchAsync(new FetchRequest(url, null, null, AllowPrivate: false, MaxBytes), cancellationToken);
        if (result.Status != 200) throw new InvalidOperationException($"The server answered {result.Status}.");

        return (result.Body, result.ContentType, result.FinalUrl);
    }

    private static async Task<int> TextsAsync(string body, string[] settings, CancellationToken cancellationToken)
    {
        await using var app = NotifyApp.Build(settings);
        // Whatever else is missing in the settings: a text can be read without it.
        var topics = app.Configuration.GetSection("Publication:Topics").Get<List<TopicOptions>>() ?? [];
        var foldAccents = app.Configuration.GetValue<bool>("Publication:FoldAccents");
        if (body != "-")
        {
            PrintText(body, topics, foldAccents);
            return 0;
        }

        // In UTF-8 whatever the terminal speaks, and never guessed from the first bytes: what is no UTF-8 is read as U+FFFD, and every line gets a line.
        using var lines = new StreamReader(Console.OpenStandardInput(), Encoding.UTF8, detectEncodingFromByteOrderMarks: false);
        while (await lines.ReadLineAsync(cancellationToken) is { } line)
        {
            PrintText(line.TrimStart('\uFEFF'), topics, foldAccents);
        }

        return 0;
    }

    private static int Bounces(string[] files)
    {
        var isGood = true;
        foreach (var file in files)
        {
            IReadOnlyList<ReturnedMail> mails = [ReturnedMail.Nothing];
            try
            {
                mails = [.. RawMail.Split(Start(file)).Select(ReturnedMail.Read)];
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Console.Error.WriteLine(e.Message);
                isGood = false;
            }

            Print(new
            {
                file,
                kind = JsonNamingPolicy.CamelCase.ConvertName(mails.Select(mail => mail.Kind).FirstOrDefault(kind => kind != ReturnKind.Other).ToString()),
                recipients = mails.SelectMany(mail => mail.Recipients).Select(recipient => new
                {
                    recipient.Address,
                    recipient.Action,
                    recipient.Status,
                    recipient.ReplyCode,
                    reason = recipient.Reason.ToString().ToLowerInvariant(),
                    recipient.Hard,
                }),
            });
        }

        return isGood ? 0 : 1;
    }

    private static ReadOnlyMemory<byte> Start(string file)
    {
        using var stream = File.OpenRead(file);
        // One more than is read, so that what is larger is seen to be.
        var octets = new byte[MaxBytes + 1];
        return octets.AsMemory(0, stream.ReadAtLeast(octets, octets.Length, throwOnEndOfStream: false));
    }

    private static void PrintText(string body, IList<TopicOptions> topics, bool foldAccents)
    {
        var normalised = TextNormaliser.Normalise(body, foldAccents);
        var count = Segments.Count(normalised);
        var reading = Keywords.Read(body, topics);
        Print(new
        {
            encoding = count.Encoding.ToString(),
            units = count.Units,
            segments = count.Segments,
            normalised,
            meaning = reading.Means.ToString().ToLowerInvariant(),
            topic = reading.Topic,
            matched = reading.Matched,
        });
    }

    private static void Print(object line) => Console.WriteLine(JsonSerializer.Serialize(line, Json));
}
