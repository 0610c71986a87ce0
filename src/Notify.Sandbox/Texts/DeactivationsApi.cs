using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Notify.Sandbox.Texts;

/// <summary>
/// Numbers that were given up, by day (messaging.twilio.com/v1/Deactivations): the answer leads to a list that lies elsewhere and needs no credentials.
/// A test says which with <c>POST /deactivations</c> <c>{ "date", "numbers": [] }</c>.
/// </summary>
internal sealed class DeactivationsApi(Credentials credentials, Func<Uri> here)
{
    private readonly ConcurrentDictionary<string, string[]> _lists = new(StringComparer.Ordinal);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/Deactivations", (string date, HttpRequest request) =>
        {
            if (!credentials.Open(request))
            {
                return ProviderError.Unauthorized.Answer();
            }

            var list = new Uri(here(), string.Create(CultureInfo.InvariantCulture, $"/deactivations/{Uri.EscapeDataString(date)}.txt")).AbsoluteUri;
            request.HttpContext.Response.Headers.Location = list;
            return TypedResults.Json(new JsonObject { ["redirect_to"] = list }, statusCode: StatusCodes.Status307TemporaryRedirect);
        });
        routes.MapGet("/deactivations/{date}.txt", (string date, HttpRequest request) =>
            request.Headers.Authorization.Count > 0 ? Results.BadRequest("Credentials must not travel here.") : Results.Text(string.Join('\n', _lists.GetValueOrDefault(date, [])) + "\n"));
        routes.MapPost("/deactivations", (DeactivatedDay day) =>
        {
            _lists[day.Date] = [.. day.Numbers];
            return TypedResults.NoContent();
        });
    }

    internal sealed record DeactivatedDay(string Date, IReadOnlyList<string> Numbers);
}
