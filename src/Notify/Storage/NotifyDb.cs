using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Notify.Storage;

/// <summary>
/// The one context. It has no sets of its own: each feature registers its table with <see cref="NotifyModel"/> and brings the set as an
/// extension property, so that the story reads <c>db.Deliveries</c> only where deliveries are known.
/// </summary>
public sealed class NotifyDb(DbContextOptions<NotifyDb> options, NotifyModel model) : DbContext(options)
{
    /// <inheritdoc />
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        model.Apply(modelBuilder);
        foreach (var property in modelBuilder.Model.GetEntityTypes().SelectMany(type => type.GetProperties()))
        {
            // CreatedAt lies in created_at, in both databases, in every table.
            property.SetColumnName(JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name));
        }
    }

    /// <inheritdoc />
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) =>
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<InstantConverter>();

    private sealed class InstantConverter() : ValueConverter<DateTimeOffset, long>(
        instant => instant.ToUnixTimeMilliseconds(),
        milliseconds => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds));
}

/// <summary>The tables of all features; each adds its own at start.</summary>
public sealed class NotifyModel(IEnumerable<NotifyTable> tables)
{
    private readonly NotifyTable[] _tables = [.. tables];

    internal void Apply(ModelBuilder modelBuilder)
    {
        foreach (var table in _tables)
        {
            table.Configure(modelBuilder);
        }
    }
}

/// <summary>How one feature's entities lie in the database.</summary>
public sealed record NotifyTable(Action<ModelBuilder> Configure);
