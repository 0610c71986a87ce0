using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Notify.Hosting;
using Notify.Operators;
using Notify.Web;

namespace Notify.Verbs;

/// <summary>What a newcomer reads first: where everything is.</summary>
internal static class StartBlock
{
    public static async Task PrintAsync(WebApplication app, HostRole role, CancellationToken cancellationToken)
    {
        if (!role.HasFlag(HostRole.Web))
        {
            Console.WriteLine("Notify works: this process sends, and serves no pages.");
            return;
        }

        var listening = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? "";
        var address = app.Services.GetRequiredService<PublicAddress>().Value;
        var sandbox = SandboxSettings.Read(app.Configuration, app.Environment);
        Console.WriteLine($"Notify is up at {listening}");
        Console.WriteLine($"  Sign-up page            {address}/subscribe");
        if (sandbox.IsEnabled)
        {
            Console.WriteLine($"  Handsets and mailboxes  {sandbox.Url}");
        }

        var console = app.Environment.IsDevelopment()
            ? await app.Services.GetRequiredService<SignIns>().CreateLinkAsync("admin@localhost", Role.Admin, "the start", cancellationToken)
            : "/ops";
        Console.WriteLine($"  Console                 {address}{console}{(app.Environment.IsDevelopment() ? "   (signs in once)" : "")}");
        Console.WriteLine($"  Jobs                    {address}/ops/jobs");
        Console.WriteLine($"  API                     {address}/docs/api");
    }
}
