using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Notify.Sandbox.Web;

namespace Notify.Sandbox.Faults;

/// <summary>Arms, shows and clears scripted trouble.</summary>
internal sealed class FaultsApi(FaultBook faults, Changes changes)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/faults", Armed);
        routes.MapPost("/faults", ArmAsync);
        routes.MapDelete("/faults", () =>
        {
            faults.Clear();
            changes.Happened();
            return Results.NoContent();
        });
    }

    private IResult Armed() => Results.Json(new { blockOnStop = faults.BlockOnStop, keywords = faults.Keywords, rules = faults.Rules }, Json);

    private async Task<IResult> ArmAsync(HttpRequest request)
    {
        var (document, wrong) = await Refusal.ReadJsonAsync(request);
        if (document is null)
            return wrong!;

        using (document)
        {
            if (faults.Arm(document.RootElement) is { } fault)
                return Refusal.BadRequest("fault", fault);
        }

        changes.Happened();
        return Armed();
    }
}
