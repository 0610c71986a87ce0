using Notify.Storage;
using Notify.Web;

namespace Notify.Hosting;

/// <summary>Facts about this installation that every node must agree on.</summary>
internal sealed class Installation(Database database, Keys keys)
{
    /// <summary>
    /// A node with another root key would hash the same number to another contact and lose its STOP: it does not start.
    /// </summary>
    /// <exception cref="InvalidOperationException">The database was made with another key.</exception>
    public async Task CheckKeyAsync(CancellationToken cancellationToken)
    {
        var mine = Convert.ToHexStringLower(keys.LastingFor("fingerprint")[..8]);
        var first = await database.WriteAsync(async write =>
        {
            await write.ExecuteAsync("INSERT INTO installation (name, value) VALUES ('root key', @mine) ON CONFLICT (name) DO NOTHING", ("mine", mine));
            return await write.ScalarAsync<string>("SELECT value FROM installation WHERE name = 'root key'");
        }, cancellationToken);
        if (first != mine)
        {
            throw new InvalidOperationException(
                "This database was made with another root key, so its contacts and links could not be recognised. Give this node the same Keys:Root, or the same keys folder; a root that was replaced belongs in Keys:Previous.");
        }
    }
}
