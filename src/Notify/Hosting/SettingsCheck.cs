using System.ComponentModel;
using System.Globalization;
using Microsoft.Extensions.Options;
using Notify.Storage;

namespace Notify.Hosting;

/// <summary>The settings are wrong; every fault is listed.</summary>
internal sealed class SettingsException(IReadOnlyList<string> faults) : Exception(string.Join(' ', faults))
{
    public IReadOnlyList<string> Faults => faults;
}

/// <summary>Holds the settings against what there is to set: an unknown key is a typing error somebody would look for all night.</summary>
internal static class SettingsCheck
{
    /// <summary>Keys nobody knows and values nobody can read.</summary>
    public static List<string> Faults(IConfiguration configuration, IEnumerable<SettingsSection> sections)
    {
        var faults = new List<string>();
        foreach (var (section, type) in sections)
        {
            Walk(configuration.GetSection(section), type, faults);
        }

        if (configuration["Demo"] is { Length: > 0 } demo && !bool.TryParse(demo, out _))
        {
            faults.Add("Demo cannot be read as true or false.");
        }

        return faults;
    }

    /// <summary>A value that cannot be read would stop the start at the first of them, in the framework's words.</summary>
    /// <exception cref="SettingsException">There is such a value.</exception>
    public static void ThrowIfUnreadable(WebApplicationBuilder builder)
    {
        var faults = Faults(builder.Configuration, builder.Services.Select(service => service.ImplementationInstance).OfType<SettingsSection>());
        if (faults.Exists(fault => fault.Contains("cannot be read", StringComparison.Ordinal)))
        {
            throw new SettingsException(faults);
        }
    }

    /// <summary>For verbs that need little: what the features demand before anything is sent is not asked.</summary>
    /// <exception cref="SettingsException">A key nobody knows, or a value nobody can read.</exception>
    public static void ThrowIfUnknown(WebApplication app)
    {
        if (Faults(app.Configuration, app.Services.GetServices<SettingsSection>()) is { Count: > 0 } faults)
        {
            throw new SettingsException(faults);
        }
    }

    /// <summary>Everything that is wrong, in one go: the keys, the values, and what the features themselves demand.</summary>
    /// <exception cref="SettingsException">Something is wrong.</exception>
    public static void ThrowIfWrong(WebApplication app)
    {
        var faults = Faults(app.Configuration, app.Services.GetServices<SettingsSection>());
        faults.AddRange(Deployment(app));
        try
        {
            app.Services.GetService<IStartupValidator>()?.Validate();
        }
        catch (OptionsValidationException e)
        {
            faults.AddRange(e.Failures);
        }
        catch (AggregateException e)
        {
            faults.AddRange(e.InnerExceptions.SelectMany(inner => inner is OptionsValidationException wrong ? wrong.Failures : [inner.Message]));
        }

        if (faults.Count > 0)
        {
            throw new SettingsException([.. faults.Select(Bare).Distinct(StringComparer.Ordinal)]);
        }
    }

    /// <summary>What only matters in earnest: an address that readers and providers reach, a secret that cannot be guessed, no stand-in.</summary>
    private static IEnumerable<string> Deployment(WebApplication app)
    {
        var (settings, environment) = (app.Configuration, app.Environment);
        var address = settings["PublicUrl"];
        if (address is { Length: > 0 } && (!Uri.TryCreate(address, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https")))
        {
            yield return "PublicUrl must be a full address, beginning with https://.";
        }

        foreach (var proxy in HostingSetup.Proxies(settings).Where(proxy => HostingSetup.ReadNetwork(proxy) is null))
        {
            yield return $"Proxies: '{proxy}' is neither an address nor a network such as 10.0.0.0/8.";
        }

        if (environment.IsDevelopment())
        {
            yield break;
        }

        if (string.IsNullOrEmpty(address))
        {
            yield return "PublicUrl is empty. Set it to the address under which readers and providers reach this server.";
        }

        if (environment.IsProduction() && bool.TryParse(settings["Sandbox:Enabled"], out var isOn) && isOn)
        {
            yield return "Sandbox:Enabled is true, but the local carrier does not run in Production. Take it out and set real providers.";
        }

        if (settings["Operators:BootstrapKey"] is { Length: > 0 and < 32 })
        {
            yield return "Operators:BootstrapKey opens everything, so it needs at least 32 characters: openssl rand -hex 32.";
        }
    }

    /// <summary>The annotation's own sentence, without the framework's frame around it.</summary>
    private static string Bare(string fault)
    {
        const string Frame = "with the error: '";
        var at = fault.IndexOf(Frame, StringComparison.Ordinal);
        return at < 0 ? fault : fault[(at + Frame.Length)..].TrimEnd('.', '\'') + ".";
    }

    private static void Walk(IConfigurationSection section, Type type, List<string> faults)
    {
        if (!section.Exists())
        {
            return;
        }

        if (ElementType(type) is { } element)
        {
            foreach (var child in section.GetChildren())
            {
                Walk(child, element, faults);
            }

            return;
        }

        var plain = Nullable.GetUnderlyingType(type) ?? type;
        if (plain == typeof(string) || plain.IsValueType)
        {
            if (section.Value is { Length: > 0 } value && !CanRead(plain, value))
            {
                faults.Add($"{section.Path} cannot be read as {Describe(plain)}.");
            }

            return;
        }

        var known = plain.GetProperties().Where(p => p.CanWrite || ElementType(p.PropertyType) is not null).ToDictionary(p => p.Name, p => p.PropertyType, StringComparer.OrdinalIgnoreCase);
        foreach (var child in section.GetChildren())
        {
            if (known.TryGetValue(child.Key, out var property))
            {
                Walk(child, property, faults);
                continue;
            }

            faults.Add($"{child.Path} is not a setting. {section.Path} knows: {string.Join(", ", known.Keys.Order(StringComparer.Ordinal))}.");
        }
    }

    /// <summary>What a list or a dictionary holds; null for anything else.</summary>
    private static Type? ElementType(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IList<>) ? type.GetGenericArguments()[0]
        : type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IDictionary<,>) ? type.GetGenericArguments()[1]
        : null;

    private static bool CanRead(Type type, string value)
    {
        if (type.IsEnum)
        {
            return Enum.TryParse(type, value, ignoreCase: true, out var parsed) && Enum.IsDefined(type, parsed);
        }

        // The framework reads 24:00:00 as 24 days and 5 as five days; whoever writes that means something else.
        if (type == typeof(TimeSpan))
        {
            return value.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParseExact(value, "c", CultureInfo.InvariantCulture, out _);
        }

        try
        {
            TypeDescriptor.GetConverter(type).ConvertFromString(null, CultureInfo.InvariantCulture, value);
            return true;
        }
        catch (Exception e) when (e is FormatException or ArgumentException or NotSupportedException or OverflowException)
        {
            return false;
        }
    }

    private static string Describe(Type type) =>
        type.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(type))}"
        : type == typeof(bool) ? "true or false"
        : type == typeof(TimeSpan) ? "a time such as 00:05:00 (a day is 1.00:00:00)"
        : type == typeof(string) ? "text"
        : "a number";
}
