using Notify.Alerts;
using Notify.Articles;
using Notify.Consent;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Hosting;
using Notify.Inbound;
using Notify.Jobs;
using Notify.Messages.Templates;
using Notify.Operators;
using Notify.Providers.Brevo;
using Notify.Providers.Http;
using Notify.Providers.Mailbox;
using Notify.Providers.Mailgun;
using Notify.Providers.Postmark;
using Notify.Providers.Resend;
using Notify.Providers.SendGrid;
using Notify.Providers.Ses;
using Notify.Providers.Smtp;
using Notify.Providers.Twilio;
using Notify.Publication;
using Notify.Storage;
using Notify.Subscribers;
using Notify.Web;

namespace Notify;

/// <summary>The table of contents: one line per feature, in the order of the story.</summary>
public static class NotifyApp
{
    /// <param name="args">Settings such as <c>--urls=…</c> and <c>--Database:Provider=Postgres</c>.</param>
    /// <param name="role">What this process does.</param>
    /// <param name="configure">Last changes before the application is built; for tests.</param>
    public static WebApplication Build(string[] args, HostRole role = HostRole.All, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ApplicationName = "Notify", ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseStaticWebAssets();
        builder.AddSettings();
        builder.AddStorage();
        builder.AddJobs();
        builder.AddWeb();
        builder.AddPublication();
        builder.AddContacts();
        builder.AddMessages();
        builder.AddConsent();
        builder.AddDeliveries();
        builder.AddArticles();
        builder.AddSubscribers();
        builder.AddAlerts();
        builder.AddInbound();
        builder.AddTwilio();
        builder.AddHttpTexts();
        builder.AddSmtp();
        builder.AddBounceMailbox();
        builder.AddSes();
        builder.AddSendGrid();
        builder.AddMailgun();
        builder.AddPostmark();
        builder.AddBrevo();
        builder.AddResend();
        builder.AddOperators();
        builder.AddHosting(role);
        configure?.Invoke(builder);
        SettingsCheck.ThrowIfUnreadable(builder);
        var app = builder.Build();
        app.UseHosting();
        if (role.HasFlag(HostRole.Web))
        {
            app.UseAuthentication();
            app.UseAuthorization();
            app.UseAntiforgery();
            app.UseOperators();
            app.MapStaticAssets();
            app.MapPublication();
            app.MapArticles();
            app.MapSubscriptions();
            app.MapAlerts();
            app.MapInbound();
            app.MapTwilio();
            app.MapHttpTexts();
            app.MapOperators();
        }

        app.MapHosting(role);
        return app;
    }
}
