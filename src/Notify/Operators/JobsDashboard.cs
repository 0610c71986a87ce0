using Hangfire;
using Hangfire.Dashboard;
using Notify.Web;

namespace Notify.Operators;

/// <summary>Hangfire's own pages, behind the operators' sign-in wherever the request comes from: behind a proxy everyone is local.</summary>
internal static class JobsDashboard
{
    public const string Path = "/ops/jobs";

    public static void MapJobsDashboard(this IEndpointRouteBuilder routes) =>
        // The policy comes first and the path second; the other way round compiles as well and leaves the pages open.
        routes.MapHangfireDashboardWithAuthorizationPolicy(Policies.Viewer, Path, new DashboardOptions
        {
            DashboardTitle = "Notify",
            AppPath = "/ops",
            DisplayStorageConnectionString = false,
            IsReadOnlyFunc = context => !MayChange(context.GetHttpContext()),
        });

    private static bool MayChange(HttpContext context) => OperatorsSetup.IsAtLeast(context.User, Role.Editor);
}
