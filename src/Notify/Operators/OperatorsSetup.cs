using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Jobs;
using Notify.Operators.Console;
using Notify.Operators.Door;
using Notify.Operators.Evidence;
using Notify.Storage;
using Notify.Web;

namespace Notify.Operators;

internal static class OperatorsSetup
{
    extension(NotifyDb db)
    {
        public DbSet<Operator> Operators => db.Set<Operator>();

        public DbSet<SignInLink> SignInLinks => db.Set<SignInLink>();

        public DbSet<ApiKey> ApiKeys => db.Set<ApiKey>();

        public DbSet<AuditEntry> Audit => db.Set<AuditEntry>();
    }

    public static void AddOperators(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton(new SettingsSection("Operators", typeof(OperatorOptions)));
        builder.Services.AddOptions<OperatorOptions>().BindConfiguration("Operators").ValidateDataAnnotations()
            .Validate(options => options.AlarmTo.Length == 0 || EmailAddress.TryParse(options.AlarmTo, out _, out _), "Operators:AlarmTo must be one mail address, such as desk@news.example.")
            .ValidateOnStart();
        builder.Services.AddSingleton<ApiKeys>();
        builder.Services.AddSingleton<SignIns>();
        builder.Services.AddSingleton<OperatorCookie>();
        builder.Services.AddSingleton<ReaderFiles>();
        builder.Services.AddSingleton<Revocations>();
        builder.Services.AddSingleton<EvidenceFiles>();
        builder.Services.AddSingleton<IMessageSource, NoticeMessages>();
        builder.Services.AddSingleton<AlarmMails>();
        builder.Services.AddSingleton<TestMails>();
        builder.Services.AddSingleton<IReconcile>(services => services.GetRequiredService<AlarmMails>());
        builder.AddConsole();
        builder.Services.AddSingleton<IPostConfigureOptions<CookieAuthenticationOptions>, OperatorCookie.Lengths>();
        builder.Services.AddSingleton<KeyLimit>();
        builder.Services.AddSingleton(new NotifyTable(model =>
        {
            model.Entity<Operator>().ToTable("operators").HasKey(o => o.Id);
            model.Entity<SignInLink>().ToTable("sign_in_links").HasKey(l => l.Hash);
            model.Entity<ApiKey>().ToTable("api_keys").HasKey(k => k.Id);
            model.Entity<AuditEntry>().ToTable("audit").HasKey(a => a.Id);
        }));
        builder.Services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme)
            .AddCookie(cookie => OperatorCookie.Configure(cookie, builder.Configuration))
            .AddScheme<AuthenticationSchemeOptions, KeyAuthentication>(KeyAuthentication.SchemeName, null);
        builder.Services.AddAuthorizationBuilder()
            .AddPolicy(Policies.Viewer, policy => Person(policy, Role.Viewer))
            .AddPolicy(Policies.Editor, policy => Person(policy, Role.Editor))
            .AddPolicy(Policies.Admin, policy => Person(policy, Role.Admin))
            .AddPolicy(Policies.ArticlesWrite, policy => Either(policy, Policies.ArticlesWrite, Role.Editor))
            .AddPolicy(Policies.AlertsRead, policy => Either(policy, Policies.AlertsRead, Role.Viewer))
            .AddPolicy(Policies.AlertsWrite, policy => Either(policy, Policies.AlertsWrite, Role.Editor))
            .AddPolicy(Policies.SubscribersRead, policy => Either(policy, Policies.SubscribersRead, Role.Viewer))
            .AddPolicy(Policies.SubscribersWrite, policy => Either(policy, Policies.SubscribersWrite, Role.Editor));
    }

    /// <summary>After authorization, which is where a key becomes known.</summary>
    public static void UseOperators(this IApplicationBuilder app)
    {
        app.UseMiddleware<KeyLimit>();
        app.UseMiddleware<ApiAudit>();
        app.UseConsole();
    }

    public static void MapOperators(this IEndpointRouteBuilder routes)
    {
        routes.MapSignIn();
        routes.MapLookUps();
        routes.MapEvidence();
        routes.MapResolving();
        routes.MapJobsDashboard();
        routes.MapConsole();
        routes.MapNowhere();
    }

    private static void Person(AuthorizationPolicyBuilder policy, Role least) =>
        policy.AddAuthenticationSchemes(CookieAuthenticationDefaults.AuthenticationScheme).RequireAssertion(context => IsAtLeast(context.User, least));

    /// <summary>A key with the scope, or a signed-in operator with the role.</summary>
    private static void Either(AuthorizationPolicyBuilder policy, string scope, Role least) =>
        policy.AddAuthenticationSchemes(KeyAuthentication.SchemeName, CookieAuthenticationDefaults.AuthenticationScheme)
            .RequireAuthenticatedUser()
            .RequireAssertion(context => context.User.HasClaim(KeyAuthentication.ScopeClaim, scope)
                || context.User.HasClaim(KeyAuthentication.ScopeClaim, Policies.Admin)
                || IsAtLeast(context.User, least));

    internal static bool IsAtLeast(ClaimsPrincipal user, Role least) =>
        Enum.TryParse<Role>(user.FindFirstValue(ClaimTypes.Role), out var role) && role >= least;
}
