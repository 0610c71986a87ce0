using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Notify.Sandbox.Web;

/// <summary>Problem documents (RFC 9457) of the carrier's own routes, and reading what was sent to them.</summary>
internal static class Refusal
{
    public static IResult BadRequest(string kind, string detail) => Problem(StatusCodes.Status400BadRequest, kind, detail);

    public static IResult Problem(int status, string kind, string detail) => TypedResults.Problem(detail, statusCode: status, type: $"urn:notify:local-carrier:{kind}");

    /// <summary>Whatever its content type says: a person tries this with curl.</summary>
    public static async Task<(JsonDocument? Document, IResult? Wrong)> ReadJsonAsync(HttpRequest request)
    {
        try
        {
            return (await JsonDocument.ParseAsync(request.Body, cancellationToken: request.HttpContext.RequestAborted), null);
        }
        catch (JsonException)
        {
            return (null, BadRequest("json", "The request is not JSON."));
        }
    }
}

/// <summary>A handset or a mailbox in a list: how much it holds, when something last came, and how that begins.</summary>
internal sealed record Summary(string Address, int Count, DateTime Last, string Preview);
