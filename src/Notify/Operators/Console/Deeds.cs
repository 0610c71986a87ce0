using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using MudBlazor;
using Notify.Storage;

namespace Notify.Operators.Console;

/// <summary>Does what a button asks for, and says how it went. One for each circuit.</summary>
internal sealed class Deeds(AuthenticationStateProvider people, ISnackbar snackbar)
{
    /// <param name="deed">What is done in the signed-in operator's name.</param>
    /// <param name="said">What is said once it is done; null for nothing.</param>
    /// <returns>Whether it was done.</returns>
    public async Task<bool> DoAsync(Func<ClaimsPrincipal, Task> deed, string? said)
    {
        try
        {
            await deed((await people.GetAuthenticationStateAsync()).User);
        }
        catch (Exception e) when (e is NotAllowedException or DatabaseBusyException)
        {
            snackbar.Add(e.Message, Severity.Error);
            return false;
        }

        if (said is not null)
        {
            snackbar.Add(said, Severity.Success);
        }

        return true;
    }
}

/// <summary>Looks once a minute whether the person of a circuit may still be there, as the cookie does for pages.</summary>
internal sealed class CircuitWatch(ILoggerFactory loggers, OperatorCookie cookies)
    : Microsoft.AspNetCore.Components.Server.RevalidatingServerAuthenticationStateProvider(loggers)
{
    protected override TimeSpan RevalidationInterval => TimeSpan.FromMinutes(1);

    protected override async Task<bool> ValidateAuthenticationStateAsync(AuthenticationState authenticationState, CancellationToken cancellationToken) =>
        await cookies.FindAsync(authenticationState.User, isFresh: false, cancellationToken) is not null;
}
