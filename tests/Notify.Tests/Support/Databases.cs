using Notify.Storage;

namespace Notify.Tests.Support;

/// <summary>Both databases, for <c>[Theory, ClassData&lt;Databases&gt;]</c>: whatever touches data behaves the same on either.</summary>
public sealed class Databases : TheoryData<DatabaseProvider>
{
    public Databases() => AddRange(DatabaseProvider.Sqlite, DatabaseProvider.Postgres);
}
