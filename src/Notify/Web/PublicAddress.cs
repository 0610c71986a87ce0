using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Notify.Web;

/// <summary>
/// The address readers and providers reach (setting <c>PublicUrl</c>), used in links and in webhook signatures. Unset, as on a developer's
/// machine, it is the address this process listens on.
/// </summary>
public sealed class PublicAddress(IConfiguration configuration, IServiceProvider services)
{
    private string? _value = configuration["PublicUrl"] is { Length: > 0 } url ? url.TrimEnd('/') : null;

    /// <summary>Without a trailing slash.</summary>
    /// <exception cref="InvalidOperationException">Not set, and not listening yet.</exception>
    public string Value => _value ??= Listening() ?? throw new InvalidOperationException("PublicUrl is not set. Set it to the address under which readers reach this server.");

    public string Link(string path) => Value + path;

    private string? Listening()
    {
        var address = services.GetService<IServer>()?.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault();
        return address?.Replace("[::]", "localhost", StringComparison.Ordinal)
            .Replace("0.0.0.0", "localhost", StringComparison.Ordinal)
            .Replace("//+", "//localhost", StringComparison.Ordinal)
            .TrimEnd('/');
    }
}
