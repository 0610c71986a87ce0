using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Notify.Sandbox.Texts;

/// <summary>
/// Numbers that were given up, by day (messaging.twilio.com/v1/Deactivations): the answer's body leads to a list that lies elsewhere and needs no credentials.
/// The day is asked for by everybody: the description calls it optional, the handbook (twilio.com/docs/messaging/api/deactivations-resource) wants it.
/// A test says which with <c>POST /deactivations</c> <c>{ "date", "numbers": [] }</c>.
/// </summary>
internal sealed class DeactivationsApi(Credentials credentials, Func<Uri> here)
{
    private readonly ConcurrentDictionary<string, string[]> _lists = new(StringComparer.Ordinal);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/Deactivations", (HttpRequest request) =>
        {
            if (!credentials.Open(request))
            {
                return ProviderError.Unauthorized.Answer();
            }

            if (!DateOnly.TryParseExact(request.Query["Date"], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            {
                return ProviderError.DateInvalid.Answer();
            }

            var list = new Uri(here(), string.Create(CultureInfo.InvariantCulture, $"/deactivations/{day:yyyy-MM-dd}.txt")).AbsoluteUri;
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
