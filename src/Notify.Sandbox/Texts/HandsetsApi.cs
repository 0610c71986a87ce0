using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Notify.Sandbox.Web;

namespace Notify.Sandbox.Texts;

/// <summary>What a person holds in hand: what each handset shows, and texting back.</summary>
internal sealed class HandsetsApi(Handsets handsets, Replies replies)
{
    private static readonly string[] Known = ["body", "to", "sid"];

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/handsets", (string? like, int? take) => Results.Json(handsets.Summaries()
            .Where(s => like is null || s.Number.Contains(like, StringComparison.Ordinal))
            .Take(take ?? int.MaxValue)
            .Select(s => new Summary(s.Number, s.Count, s.Last.At.UtcDateTime, s.Last.Body))));
        routes.MapGet("/handsets/{number}/messages", (string number) =>
            Results.Json(Numbers.FromPath(number) is { } e164 ? handsets.OnHandset(e164).Select(HandsetText.Of) : []));
        routes.MapPost("/handsets/{number}/messages", ReplyAsync);
    }

    private async Task<IResult> ReplyAsync(string number, HttpContext http)
    {
        if (Numbers.FromPath(number) is not { } reader)
            return Refusal.BadRequest("number", "A handset has a number of international form, such as +15551234567.");

        var (document, wrong) = await Refusal.ReadJsonAsync(http.Request);
        if (document is null)
            return wrong!;

        using (document)
        {
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return Refusal.BadRequest("body", "Send an object: { \"body\": \"STOP\" }.");
            foreach (var field in document.RootElement.EnumerateObject())
            {
                if (!Known.Contains(field.Name) || field.Value.ValueKind is not (JsonValueKind.String or JsonValueKind.Null))
                    return Refusal.BadRequest("body", $"\"{field.Name}\" is unknown or no string; there are {string.Join(", ", Known)}.");
            }

            var (body, to, sid) = (Field("body"), Field("to"), Field("sid"));
            if (string.IsNullOrEmpty(body) || body.Length > 1600)
                return Refusal.BadRequest("body", "\"body\" is what the person texts, up to 1600 characters.");
            if (to is not null && !Numbers.MayReceive(to))
                return Refusal.BadRequest("to", "\"to\" is a number or a short code; a name cannot be texted back.");
            if (sid is not null && !Numbers.IsSid(sid))
                return Refusal.BadRequest("sid", "\"sid\" is SM and 32 hexadecimal digits.");

            var result = await replies.TextAsync(reader, body, to, sid, http.RequestAborted);
            return Results.Json(result, statusCode: result.WebhookStatus is null ? StatusCodes.Status202Accepted : StatusCodes.Status200OK);

            string? Field(string name) => document.RootElement.TryGetProperty(name, out var value) ? value.GetString() : null;
        }
    }

    private sealed record HandsetText(string Id, DateTime At, string Direction, string From, string To, string Body, int Segments)
    {
        public static HandsetText Of(Text text) => new(
            text.Sid, text.At.UtcDateTime, text.Direction == Text.Inbound ? "fromReader" : "toReader", text.From, text.To, text.Body, text.Segments);
    }
}
