using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Notify.Tests.Support;
using Notify.Web;

namespace Notify.Tests.Web;

public sealed class OutboundHttpTests : IDisposable
{
    private const long Plenty = 1_000_000;

    private readonly ManualClock clock = new();
    private readonly OutboundHttp http;

    public OutboundHttpTests() => http = new OutboundHttp(new Uri("https://news.example/about"), clock);

    public void Dispose() => http.Dispose();

    [Fact]
    public async Task Brings_an_answer_home_with_its_validators_byte_for_byte()
    {
        await using var server = new RawServer(_ => RawServer.Answer(
            "200 OK\r\nContent-Type: application/rss+xml; charset=\"utf-8\"\r\nETag: W/strange\u00E9,tag\r\nLast-Modified: yesterday, about noon", "<rss/>"u8.ToArray()));

        var first = await FetchAsync(Private(server.At("/feed")));
        await FetchAsync(Private(server.At("/feed")) with { ETag = first.ETag, LastModified = first.LastModified });

        Assert.Equal(200, first.Status);
        Assert.Equal("<rss/>"u8.ToArray(), first.Body);
        Assert.Equal("application/rss+xml; charset=\"utf-8\"", first.ContentType);
        Assert.Equal("W/strange\u00E9,tag", first.ETag);
        Assert.Equal("yesterday, about noon", first.LastModified);
        Assert.Equal(server.At("/feed"), first.FinalUrl);
        Assert.False(first.PermanentlyMoved);
        Assert.Contains("If-None-Match: W/strange\u00E9,tag\r\n", server.Requests.Last(), StringComparison.Ordinal);
        Assert.Contains("If-Modified-Since: yesterday, about noon\r\n", server.Requests.Last(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Says_who_asks_and_nothing_more()
    {
        await using var server = new RawServer(_ => RawServer.Answer("200 OK\r\nSet-Cookie: spy=1; Path=/"));
        using var trace = new Activity("of the poller").SetIdFormat(ActivityIdFormat.W3C).Start();

        await FetchAsync(Private(server.At("/")));
        await FetchAsync(Private(server.At("/")) with { ETag = "\"a\"\r\nX-Evil: 1", LastModified = "" });

        Assert.All(server.Requests, head =>
        {
            var names = head.Split("\r\n")[1..].Where(line => line.Length > 0).Select(line => line.Split(':')[0]).Order(StringComparer.Ordinal);
            Assert.Equal(["Accept", "Accept-Encoding", "Host", "User-Agent"], names);
            Assert.Matches(@"User-Agent: Notify/\d+\.\d+ \(\+https://news\.example/about\)\r\n", head);
        });
    }

    [Fact]
    public async Task Hands_on_every_status()
    {
        await using var server = new RawServer(head => RawServer.Answer(head.Contains("/gone", StringComparison.Ordinal) ? "410 Gone" : "304 Not Modified\r\nETag: \"a\""));

        Assert.Equal(410, (await FetchAsync(Private(server.At("/gone")))).Status);
        var unchanged = await FetchAsync(Private(server.At("/")) with { ETag = "\"a\"" });

        Assert.Equal(304, unchanged.Status);
        Assert.Empty(unchanged.Body);
        Assert.Equal("\"a\"", unchanged.ETag);
    }

    [Theory]
    [InlineData("120", 120)]
    [InlineData("Wed, 13 Sep 2023 12:02:00 GMT", 120)] // the clock stands at noon
    [InlineData("Wed, 13 Sep 2023 11:00:00 GMT", 0)]
    [InlineData("soon", null)]
    public async Task Understands_both_forms_of_being_asked_to_wait(string value, int? seconds)
    {
        await using var server = new RawServer(_ => RawServer.Answer($"503 Busy\r\nRetry-After: {value}"));

        var result = await FetchAsync(Private(server.At("/")));

        Assert.Equal(seconds is { } wait ? TimeSpan.FromSeconds(wait) : null, result.RetryAfter);
    }

    [Theory]
    [InlineData("301", "308", true)]
    [InlineData("308", "301", true)]
    [InlineData("301", "302", false)]
    [InlineData("307", "301", false)]
    [InlineData("303", "303", false)]
    public async Task Follows_redirects_and_tells_permanent_ones(string one, string two, bool isPermanent)
    {
        await using var server = new RawServer(head => head.Split(' ')[1] switch
        {
            "/one" => RawServer.Answer($"{one} Moved\r\nLocation: /two?x=1"),
            "/two?x=1" => RawServer.Answer($"{two} Moved\r\nLocation: tr\u00C3\u00A8s"), // UTF-8, not escaped, as some servers send it
            _ => RawServer.Answer("200 OK", "there"u8.ToArray()),
        });

        var result = await FetchAsync(Private(server.At("/one")));

        Assert.Equal("there"u8.ToArray(), result.Body);
        Assert.Equal(server.At("/tr%C3%A8s"), result.FinalUrl);
        Assert.Equal(isPermanent, result.PermanentlyMoved);
    }

    [Fact]
    public async Task Follows_five_redirects_and_no_more()
    {
        await using var server = new RawServer(head =>
        {
            var left = int.Parse(head.Split(' ')[1].Trim('/'), System.Globalization.CultureInfo.InvariantCulture);
            return left == 0 ? RawServer.Answer("200 OK") : RawServer.Answer($"302 Found\r\nLocation: /{left - 1}");
        });

        Assert.Equal(200, (await FetchAsync(Private(server.At("/5")))).Status);
        Assert.Equal(FetchFailure.TooManyRedirects, await FailureAsync(Private(server.At("/6"))));
    }

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://127.0.0.1/")]
    [InlineData("http://user:secret@127.0.0.1/")]
    public async Task Looks_at_a_redirect_as_at_the_first_address(string target)
    {
        await using var server = new RawServer(_ => RawServer.Answer($"302 Found\r\nLocation: {target}"));

        Assert.Equal(FetchFailure.RefusedUrl, await FailureAsync(Private(server.At("/"))));
        Assert.Equal(FetchFailure.RefusedUrl, await FailureAsync(Private(new Uri(target))));
    }

    [Fact]
    public async Task Asks_strangers_only_on_the_ports_of_the_web()
    {
        Assert.Equal(FetchFailure.RefusedUrl, await FailureAsync(Guarded("http://news.example:8080/")));
        Assert.Equal(FetchFailure.RefusedUrl, await FailureAsync(Guarded("https://news.example:22/")));
        Assert.Equal(FetchFailure.RefusedUrl, await FailureAsync(Private(new Uri("/feed", UriKind.Relative))));
    }

    [Theory]
    [InlineData("http://127.0.0.1/")]
    [InlineData("http://localhost/")]
    [InlineData("http://LocalHost/")]
    [InlineData("http://127.1/")]
    [InlineData("http://0x7f000001/")]
    [InlineData("http://2130706433/")]
    [InlineData("http://0177.0.0.1/")]
    [InlineData("http://[::1]/")]
    [InlineData("http://[::ffff:127.0.0.1]/")]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    [InlineData("https://10.0.0.1/")]
    [InlineData("http://0.0.0.0/")]
    [InlineData("http://0/")]
    [InlineData("http://017700000001/")]
    [InlineData("http://0x7f.1/")]
    [InlineData("http://[::ffff:7f00:1]/")]
    [InlineData("http://[::ffff:a9fe:a9fe]/")]
    [InlineData("http://[::127.0.0.1]/")]
    [InlineData("http://[64:ff9b::7f00:1]/")]
    [InlineData("http://[2002:7f00:1::]/")]
    [InlineData("http://[fe80::1]/")]
    [InlineData("http://[fd00::1]/")]
    public async Task Does_not_ask_this_machine_or_its_neighbours(string url) =>
        Assert.Equal(FetchFailure.PrivateAddress, await FailureAsync(Guarded(url)));

    [Fact]
    public async Task One_private_address_among_public_ones_is_enough_to_refuse()
    {
        var connected = new List<IPAddress>();
        using var client = ClientWith(_ => [IPAddress.Parse("93.184.215.14"), IPAddress.Parse("127.0.0.1")], connected, port: 0);

        Assert.Equal(FetchFailure.PrivateAddress, await FailureAsync(Guarded("http://news.example/"), client));
        Assert.Empty(connected);
    }

    [Fact]
    public async Task Connects_to_the_address_it_has_vetted_whatever_the_name_says_next()
    {
        await using var server = new RawServer(_ => RawServer.Answer("200 OK", "public"u8.ToArray()));
        var lookUps = 0;
        var connected = new List<IPAddress>();
        using var client = ClientWith(_ => [IPAddress.Parse(lookUps++ == 0 ? "93.184.215.14" : "127.0.0.1")], connected, server.Port);

        var result = await client.FetchAsync(Guarded("http://news.example/"), TestContext.Current.CancellationToken);
        var next = await FailureAsync(Guarded("http://news.example/"), client);

        Assert.Equal("public"u8.ToArray(), result.Body);
        Assert.Equal([IPAddress.Parse("93.184.215.14")], connected);
        Assert.Equal(FetchFailure.PrivateAddress, next);
    }

    [Fact]
    public async Task A_redirect_from_outside_does_not_lead_inside()
    {
        await using var server = new RawServer(_ => RawServer.Answer("302 Found\r\nLocation: http://inside.example/"));
        using var client = ClientWith(host => [IPAddress.Parse(host == "inside.example" ? "192.168.0.10" : "93.184.215.14")], [], server.Port);

        Assert.Equal(FetchFailure.PrivateAddress, await FailureAsync(Guarded("http://news.example/"), client));
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_connection_made_for_the_sandbox_is_not_used_for_a_stranger()
    {
        await using var server = new RawServer(_ => "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
        using var client = ClientWith(_ => [IPAddress.Loopback], [], server.Port);

        Assert.Equal(200, (await client.FetchAsync(Private(new Uri("http://news.example/")), TestContext.Current.CancellationToken)).Status);
        Assert.Equal(FetchFailure.PrivateAddress, await FailureAsync(Guarded("http://news.example/"), client));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    [InlineData("")]
    public async Task Takes_no_more_than_it_was_allowed_counted_after_unpacking(string encoding)
    {
        var body = Pack(new byte[100_000], encoding);
        await using var server = new RawServer(_ => RawServer.Answer($"200 OK{(encoding.Length > 0 ? $"\r\nContent-Encoding: {encoding}" : "")}", body));

        Assert.Equal(100_000, (await FetchAsync(Private(server.At("/")) with { MaxBytes = 100_000 })).Body.Length);
        Assert.Equal(FetchFailure.TooLarge, await FailureAsync(Private(server.At("/")) with { MaxBytes = 99_999 }));
    }

    [Fact]
    public async Task Stops_reading_a_body_without_end()
    {
        await using var server = new RawServer(_ => [.. "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"u8, .. new byte[50_000]]);

        Assert.Equal(FetchFailure.TooLarge, await FailureAsync(Private(server.At("/")) with { MaxBytes = 10_000 }));
    }

    [Fact]
    public async Task Gives_up_after_twenty_seconds_in_all()
    {
        await using var server = new RawServer(_ => null);

        var fetch = FailureAsync(Private(server.At("/")));
        await server.Asked.Task.WaitAsync(TestContext.Current.CancellationToken);
        clock.Advance(OutboundHttp.Limit - TimeSpan.FromMilliseconds(1));
        Assert.False(fetch.IsCompleted);
        clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(TimeSpan.FromSeconds(20), OutboundHttp.Limit);
        Assert.Equal(FetchFailure.TimedOut, await fetch);
    }

    [Fact]
    public async Task A_body_that_trickles_does_not_win_time()
    {
        await using var server = new RawServer(_ => "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<rss>"u8.ToArray(), goesOn: true);

        var fetch = FailureAsync(Private(server.At("/")));
        for (var second = 0; second < OutboundHttp.Limit.TotalSeconds; second++)
        {
            await server.TrickleAsync();
            Assert.False(fetch.IsCompleted);
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(FetchFailure.TimedOut, await fetch);
    }

    [Fact]
    public async Task Redirects_without_end_end()
    {
        await using var server = new RawServer(_ => RawServer.Answer("301 Moved\r\nLocation: /"));

        Assert.Equal(FetchFailure.TooManyRedirects, await FailureAsync(Private(server.At("/"))));
        Assert.Equal(6, server.Requests.Count);
    }

    [Fact]
    public async Task A_small_answer_that_unpacks_to_a_gigabyte_costs_little_memory()
    {
        var bomb = Pack(new byte[64 * 1024 * 1024], "br");
        await using var server = new RawServer(_ => RawServer.Answer("200 OK\r\nContent-Encoding: br", bomb));
        var before = GC.GetTotalAllocatedBytes();

        Assert.Equal(FetchFailure.TooLarge, await FailureAsync(Private(server.At("/")) with { MaxBytes = 100_000 }));

        Assert.InRange(bomb.Length, 1, 100_000);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 16 * 1024 * 1024);
    }

    [Theory]
    [InlineData("307", "POST", 2)]
    [InlineData("308", "POST", 2)]
    [InlineData("301", "POST", 1)]
    [InlineData("302", "POST", 1)]
    [InlineData("303", "POST", 1)]
    public async Task A_form_is_sent_on_only_where_a_redirect_says_so(string status, string method, int requests)
    {
        await using var server = new RawServer(head => head.Contains(" /two ", StringComparison.Ordinal) ? RawServer.Answer("202 Accepted") : RawServer.Answer($"{status} Moved\r\nLocation: /two"));

        var result = await FetchAsync(Private(server.At("/one")) with { Form = [new("hub.secret", "s\u00E9cret & more")] });

        Assert.Equal(requests == 2 ? 202 : int.Parse(status, System.Globalization.CultureInfo.InvariantCulture), result.Status);
        Assert.Equal(requests, server.Requests.Count);
        Assert.All(server.Requests, head => Assert.StartsWith(method, head, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_form_is_not_sent_on_into_our_own_network()
    {
        await using var server = new RawServer(_ => RawServer.Answer("307 Moved\r\nLocation: http://inside.example/"));
        using var client = ClientWith(host => [IPAddress.Parse(host == "inside.example" ? "192.168.0.10" : "93.184.215.14")], [], server.Port);

        Assert.Equal(FetchFailure.PrivateAddress, await FailureAsync(Guarded("http://hub.example/") with { Form = [new("hub.secret", "x")] }, client));
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task All_headers_come_along_by_name()
    {
        await using var server = new RawServer(_ => RawServer.Answer("200 OK\r\nLink: <a>; rel=hub\r\nLink: <b>; rel=self\r\nX-WP-TotalPages: 3\r\nExpires: 0"));

        var result = await FetchAsync(Private(server.At("/")));

        Assert.Equal(("<a>; rel=hub, <b>; rel=self", "3", "0"), (result.Headers["link"], result.Headers["x-wp-totalpages"], result.Headers["expires"]));
    }

    [Fact]
    public async Task A_caller_who_stops_waiting_hears_exactly_that()
    {
        await using var server = new RawServer(_ => null);
        using var caller = new CancellationTokenSource();

        var fetch = http.FetchAsync(Private(server.At("/")), caller.Token);
        await server.Asked.Task.WaitAsync(TestContext.Current.CancellationToken);
        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetch);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\nnot gzip")]
    [InlineData("what?")]
    [InlineData("")]
    public async Task An_answer_that_breaks_off_or_makes_no_sense_is_no_answer(string bytes)
    {
        await using var server = new RawServer(_ => Encoding.Latin1.GetBytes(bytes));

        Assert.Equal(FetchFailure.Unreachable, await FailureAsync(Private(server.At("/"))));
    }

    [Fact]
    public async Task A_failure_names_the_host_and_no_secret_of_the_address()
    {
        var failure = await Assert.ThrowsAsync<FetchException>(() => FetchAsync(Guarded("http://localhost/feed?token=hunter2")));

        Assert.Contains("localhost", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", failure.ToString(), StringComparison.Ordinal);
    }

    private static FetchRequest Private(Uri url) => new(url, null, null, AllowPrivate: true, Plenty);

    private static FetchRequest Guarded(string url) => new(new Uri(url), null, null, AllowPrivate: false, Plenty);

    private Task<FetchResult> FetchAsync(FetchRequest request) => http.FetchAsync(request, TestContext.Current.CancellationToken);

    private async Task<FetchFailure> FailureAsync(FetchRequest request, OutboundHttp? client = null) =>
        (await Assert.ThrowsAsync<FetchException>(() => (client ?? http).FetchAsync(request, TestContext.Current.CancellationToken))).Failure;

    /// <summary>A client whose names mean what the test says, and whose every connection ends at a server on loopback.</summary>
    private OutboundHttp ClientWith(Func<string, IPAddress[]> resolve, List<IPAddress> connected, int port) => new(null, clock, new GuardedConnection(
        (host, _) => Task.FromResult(resolve(host)),
        async (addresses, _, cancellationToken) =>
        {
            connected.AddRange(addresses);
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }));

    private static byte[] Pack(byte[] plain, string encoding)
    {
        using var packed = new MemoryStream();
        using (Stream packing = encoding switch
        {
            "gzip" => new GZipStream(packed, CompressionMode.Compress, leaveOpen: true),
            "br" => new BrotliStream(packed, CompressionMode.Compress, leaveOpen: true),
            "deflate" => new ZLibStream(packed, CompressionMode.Compress, leaveOpen: true),
            _ => new BufferedStream(packed),
        })
        {
            packing.Write(plain);
            packing.Flush();
            if (encoding.Length == 0) return packed.ToArray();
        }

        return packed.ToArray();
    }
}
