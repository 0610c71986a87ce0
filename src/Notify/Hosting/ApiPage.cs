using Microsoft.AspNetCore.Authorization;
using Microsoft.OpenApi;
using Scalar.AspNetCore;

namespace Notify.Hosting;

/// <summary>The contract (<c>/openapi/v1.json</c>) and a page to read it on, served from here alone: no outside fonts, no vendor's buttons.</summary>
internal static class ApiPage
{
    public const string Path = "/docs/api";

    private const string Key = "key";

    public static void AddApiPage(this IServiceCollection services) => services.AddOpenApi(api =>
    {
        api.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "Notify",
                Version = "v1",
                Description = "Articles in, figures out. Keys are made with: Notify key create --name NAME --scope articles:write,…",
            };
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal);
            document.Components.SecuritySchemes[Key] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "An API key (RFC 6750)." };
            return Task.CompletedTask;
        });
        api.AddOperationTransformer((operation, context, _) =>
        {
            if (context.Description.ActionDescriptor.EndpointMetadata.OfType<IAuthorizeData>().Any())
            {
                operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Key, context.Document)] = [] }];
            }

            return Task.CompletedTask;
        });
    });

    public static void MapApiPage(this IEndpointRouteBuilder routes)
    {
        routes.MapOpenApi();
        routes.MapScalarApiReference(Path, page =>
        {
            page.Title = "Notify: the API";
            page.DefaultFonts = false;
            page.HideClientButton = true;
            page.Telemetry = false;
            page.Agent = new ScalarAgentOptions { Disabled = true };
            page.Mcp = new ScalarMcpOptions { Disabled = true };
            page.ShowDeveloperTools = DeveloperToolsVisibility.Never;
        });
    }
}
