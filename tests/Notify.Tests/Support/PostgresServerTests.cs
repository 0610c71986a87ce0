using Npgsql;

namespace Notify.Tests.Support;

public sealed class PostgresServerTests(PostgresServer postgres)
{
    [Fact]
    public async Task Answers_a_question()
    {
        await using var connection = new NpgsqlConnection(await postgres.CreateDatabaseAsync());
        await connection.OpenAsync(TestContext.Current.CancellationToken);

        var answer = await AskAsync(connection, "select 1");

        Assert.Equal(1, answer);
    }

    [Fact]
    public async Task Gives_everyone_a_database_of_their_own()
    {
        var databases = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => postgres.CreateDatabaseAsync()));

        foreach (var database in databases)
        {
            await using var connection = new NpgsqlConnection(database);
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            await AskAsync(connection, "create table only_here (id bigint)");
            Assert.Equal(0L, await AskAsync(connection, "select count(*) from only_here"));
        }
    }

    private static async Task<object?> AskAsync(NpgsqlConnection connection, string question)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = question;
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }
}
