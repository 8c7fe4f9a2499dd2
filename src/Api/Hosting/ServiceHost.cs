using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using AkkaCrypto.Api.Auth;
using AkkaCrypto.Api.Errors;
using AkkaCrypto.Api.Logs;
using AkkaCrypto.Api.Ops;
using AkkaCrypto.Contracts.Settings;
using AkkaCrypto.Hocon.Binding;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing.Constraints;
using Microsoft.OpenApi;

namespace AkkaCrypto.Api.Hosting;

/// <summary>Builds the HTTP surface from settings and parts. Reads no configuration of its own: what is set stands in HOCON.</summary>
public static class ServiceHost
{
    /// <summary>Long enough that a parameter of 10,000 characters gets its own message; a longer line is the server's 414.</summary>
    private const int LongestRequestLine = 32 * 1024;

    /// <summary>
    /// Of a body that is refused (413 past max-body-bytes) the server still reads away so much, for at most 5 s: a client that sends before
    /// it reads would see a broken connection and no reason. Past it the connection is closed.
    /// </summary>
    private const long MostReadAway = 64L * 1024 * 1024;

    /// <exception cref="SettingsException">The keys or quotas can't stand as they are configured.</exception>
    public static WebApplication Build(AkkaCryptoSettings settings, ServiceParts parts, Action<ILoggingBuilder> logging)
    {
        var builder = WebApplication.CreateEmptyBuilder(
            new WebApplicationOptions { ApplicationName = typeof(ServiceHost).Assembly.GetName().Name });
        logging(builder.Logging);
        UseKestrel(builder, settings.Http);
        builder.Services.AddRoutingCore();
        builder.Services.AddCors();
        builder.Services.AddSingleton(parts.Time);
        builder.Services.AddSingleton(new ApiKeys(settings.Profile, settings.Auth, settings.Quota, parts.Keys, parts.Time));
        builder.Services.AddSingleton(settings.Logging);
        builder.Services.AddSingleton(new RequestLogFiles(parts.Logs));
        builder.Services.AddSingleton(new AcceptedTokens(parts.Tokens));
        var abuse = new AbuseLimit(settings.Quota, parts.Time);
        var quota = new Quota(settings.Quota, parts.Quotas);
        builder.Services.AddSingleton(abuse);
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = settings.Http.ShutdownGrace);
        IReadOnlyList<ApiRoute> routes = [];
        builder.Services.AddOpenApi(options =>
        {
            options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            options.AddDocumentTransformer(new OpenApi(() => routes));
        });
        var app = builder.Build();
        routes = new Routes(settings, parts, quota, abuse, app.Services.GetRequiredService<ILoggerFactory>())
            .All(cancellationToken => EncodeDocumentAsync(app.Services, routes, cancellationToken));
        if (settings.Node.Roles.Contains(NodeRole.Api))
        {
            // Other nodes have only some of the routes.
            quota.RefuseUnknownRoutes([.. routes.Select(route => route.Path)]);
        }

        Use(app, settings.Http);
        Map(app, routes, quota, parts.Instruments);
        return app;
    }

    private static void UseKestrel(WebApplicationBuilder builder, HttpSettings http) =>
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
    {
        options.AddServerHeader = false;
        options.Limits.MaxRequestBodySize = Math.Max(http.MaxBodyBytes, MostReadAway);
        options.Limits.MaxRequestLineSize = LongestRequestLine;
        options.Listen(AddressOf(http.Host), http.Port);
    });

    /// <summary>Looks whether the address is free, for it is bound last: a second start must not take from the first what it then can't
    /// serve.</summary>
    /// <exception cref="IOException">Somebody listens there.</exception>
    public static void RefuseTakenAddress(HttpSettings http)
    {
        using var probe = new TcpListener(AddressOf(http.Host), http.Port);
        try
        {
            probe.Start();
        }
        catch (SocketException taken)
        {
            throw new IOException($"http://{http.Host}:{http.Port} can't be listened on: {taken.Message}.", taken);
        }
    }

    private static IPAddress AddressOf(string host) =>
        IPAddress.TryParse(host, out var address) ? address
        : host == "localhost" ? IPAddress.Loopback
        : throw new SettingsException([new SettingsFault("akkacrypto.http.host", host, "an IP address, or localhost", null)]);

    private static void Use(WebApplication app, HttpSettings http)
    {
        app.UseMiddleware<RequestLog>();
        app.UseMiddleware<ErrorBoundary>();
        app.UseMiddleware<Overload>(http);
        app.UseRouting();
        // Only a browser's requests: for every other one the middleware would make a service scope and a table of items, and do nothing.
        app.UseWhen(static context => context.Request.Headers.Origin.Count > 0, browsers => browsers.UseCors(policy => policy
            .WithOrigins([.. http.CorsOrigins])
            .WithMethods(HttpMethods.Get, HttpMethods.Head)
            .WithHeaders(
                "X-API-Key", "Authorization", "x-cg-demo-api-key", "x-cg-pro-api-key", "Content-Type", "Last-Event-ID", "If-None-Match",
                "If-Modified-Since")
            .WithExposedHeaders([.. QuotaHeaders.Names, "X-Data-Time", "X-Stale", "Age", "ETag"])));
        app.UseMiddleware<Gate>();
        app.UseDocumentPages();
        app.UseEndpoints(static _ => { });
    }

    private static void Map(WebApplication app, IReadOnlyList<ApiRoute> routes, Quota quota, ApiInstruments instruments)
    {
        foreach (var route in routes)
        {
            app.MapMethods(route.Path, route.Methods, route.Handler).WithName(route.Name)
                .WithMetadata(AccessTable.For(route.Path), quota.RouteOf(route.Path), instruments.Of(route.Path));
        }
    }

    private static async Task<ReadOnlyMemory<byte>> EncodeDocumentAsync(
        IServiceProvider services, IReadOnlyList<ApiRoute> routes, CancellationToken cancellationToken)
    {
        var document = await services.GetRequiredKeyedService<IOpenApiDocumentProvider>("v1").GetOpenApiDocumentAsync(cancellationToken);
        var text = JsonNode.Parse(await document.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1, cancellationToken))!.AsObject();
        OpenApiSchemas.PutInto(text, routes);
        return JsonSerializer.SerializeToUtf8Bytes(text);
    }
}
