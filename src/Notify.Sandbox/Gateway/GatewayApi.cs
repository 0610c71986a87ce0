using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Notify.Sandbox.Faults;
using Notify.Sandbox.Texts;
using Notify.Sandbox.Web;

namespace Notify.Sandbox.Gateway;

/// <summary>A plain JSON gateway on the same handsets, of the kind many smaller vendors offer: a bearer token, and calls signed with HMAC-SHA256.</summary>
/// <remarks>
/// <para><c>POST /gateway/messages</c> with <c>{ "to", "from", "text", "status_url" }</c> answers 202 <c>{ "data": { "id" } }</c>, and
/// <c>{ "error": { "code", "message" } }</c> when it refuses; <c>GET /gateway/messages?to=</c> lists what was taken, newest first.</para>
/// <para>The same scripted trouble strikes it: see <see cref="FaultBook"/>.</para>
/// </remarks>
internal sealed class GatewayApi(Handsets handsets, Journey journey, FaultBook faults, string token, TimeProvider clock, CancellationToken stopping)
{
    /// <summary>Stands where a text of the other API has its account.</summary>
    public const string Account = "gateway";

    private const int LongestBody = 1600;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/gateway/messages", (Delegate)CreateAsync);
        routes.MapGet("/gateway/messages", (string? to, HttpRequest request) => IsOpenTo(request)
            ? Results.Json(new { data = handsets.List(t => t.AccountSid == Account && t.Direction == Text.FromApi, to, null).Take(100).Select(Shown.Of) })
            : Refuse(401, "unauthorized", "The bearer token is missing or another."));
    }

    private async Task<IResult> CreateAsync(HttpContext http)
    {
        if (!IsOpenTo(http.Request))
            return Refuse(401, "unauthorized", "The bearer token is missing or another.");

        var (document, _) = await Refusal.ReadJsonAsync(http.Request);
        if (document is null)
            return Refuse(400, "malformed", "The request is not JSON.");

        using (document)
        {
            var root = document.RootElement;
            var (to, from, text, callback) = (Field("to"), Field("from"), Field("text"), Field("status_url"));
            var script = faults.Strike("create", to);
            if (script?.LatencyMs is { } latency)
                await Task.Delay(TimeSpan.FromMilliseconds(latency), clock, http.RequestAborted);
            if (script?.Refuse is true)
                return Hang(http);
            if (script?.Status is { } status)
                return Scripted(http, status, script.Code);
            if (Numbers.FromPath(to) != to)
                return Refuse(422, "invalid_recipient", $"{to} is no number.");
            if (!Numbers.MaySend(from))
                return Refuse(422, "invalid_sender", "This sender does not belong to the account.");
            if (text.Length is 0 or > LongestBody)
                return Refuse(422, "invalid_text", "A text has 1 to 1600 characters.");
            if (handsets.IsBlocked(from, to))
                return Refuse(422, "opted_out", "The recipient has opted out.");

            var taken = Accept(to, from, text, callback, script);
            handsets.Add(taken);
            await journey.BeginAsync(taken, faults.Strike("status", to));
            if (script?.DropAfterAccept is true)
                return Hang(http);
            if (script?.TimeoutAfterAccept is true)
                await ForeverAsync(http);
            return Results.Json(new { data = Shown.Of(taken) }, statusCode: StatusCodes.Status202Accepted);

            string Field(string name) => root.ValueKind == JsonValueKind.Object && root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        }
    }

    private Text Accept(string to, string from, string body, string callback, FaultRule? script)
    {
        var now = clock.GetUtcNow();
        return new Text
        {
            Sid = Numbers.NewSid(),
            AccountSid = Account,
            At = now,
            UpdatedAt = now,
            Direction = Text.FromApi,
            From = from,
            To = to,
            Body = body,
            Segments = Segments.Count(body),
            StatusCallback = callback.Length > 0 ? callback : null,
            FinalStatus = script?.FinalStatus ?? "delivered",
            FinalErrorCode = script?.ErrorCode,
            Status = "queued",
        };
    }

    private bool IsOpenTo(HttpRequest request) => CryptographicOperations.FixedTimeEquals(
        Encoding.UTF8.GetBytes(request.Headers.Authorization.ToString()), Encoding.UTF8.GetBytes($"Bearer {token}"));

    private static IResult Scripted(HttpContext http, int status, int? code)
    {
        if (status == 429)
            http.Response.Headers.RetryAfter = "1";
        return Refuse(status, code?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "scripted", "Refused as scripted.");
    }

    private static IResult Refuse(int status, string code, string message) => Results.Json(new { error = new { code, message } }, statusCode: status);

    /// <summary>Ends the connection without an answer.</summary>
    private static EmptyHttpResult Hang(HttpContext http)
    {
        http.Abort();
        return TypedResults.Empty;
    }

    /// <summary>Until the caller gives up, or the carrier stops.</summary>
    private async Task ForeverAsync(HttpContext http)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);
        await Task.Delay(Timeout.InfiniteTimeSpan, clock, either.Token).ContinueWith(_ => { }, TaskScheduler.Default);
        http.Abort();
    }

    private sealed record Shown(string Id, string To, string From, string Text, string Status, DateTime CreatedAt)
    {
        public static Shown Of(Text text) => new(text.Sid, text.To, text.From, text.Body, text.Status, text.At.UtcDateTime);
    }
}
