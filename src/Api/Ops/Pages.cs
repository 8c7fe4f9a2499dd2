using System.Text;
using AkkaCrypto.Api.Hosting;

namespace AkkaCrypto.Api.Ops;

/// <summary><c>/</c>, and the pages <c>/docs</c> (Swagger UI) and <c>/redoc</c> from their packages' own embedded files.</summary>
public static class Pages
{
    /// <summary>
    /// A page loads what this service serves and nothing else, so it works without the internet and tells nobody about its reader.
    /// </summary>
    private const string ContentSecurityPolicy =
        "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        + "font-src 'self' data:; worker-src 'self' blob:; frame-ancestors 'none'";

    public const string Links =
        """{"name":"AkkaCrypto","docs":"/docs","redoc":"/redoc","openapi":"/openapi/v1.json","health":"/healthz","ready":"/readyz"}""";

    private const string RedocPage =
        """
        <!DOCTYPE html>
        <html lang="en">
        <head><meta charset="utf-8"><title>AkkaCrypto API</title><meta name="viewport" content="width=device-width, initial-scale=1">
        <link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'%3E%3Cpath d='M0 8 4 0l4 8z'/%3E%3C/svg%3E"></head>
        <body style="margin:0">
        <redoc spec-url="/openapi/v1.json"></redoc>
        <script src="/redoc/redoc.standalone.js"></script>
        </body>
        </html>
        """;

    private static readonly Answer LinksAnswer = Answer.Of(Encoding.UTF8.GetBytes(Links));

    public static ValueTask<Answer> Index(NoRequest request, CancellationToken cancellationToken) => new(LinksAnswer);

    public static void UseDocumentPages(this WebApplication app) =>
        // In a branch of their own: on every path each of the two packages matches regular expressions that it makes anew for each request.
        app.UseWhen(static context => IsPage(context.Request.Path), static branch =>
        {
            branch.Use(static (context, next) =>
            {
                context.Response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
                return next(context);
            });
            branch.UseSwaggerUI(options =>
            {
                options.RoutePrefix = "docs";
                options.DocumentTitle = "AkkaCrypto API";
                options.SwaggerEndpoint("/openapi/v1.json", "AkkaCrypto");
            });
            branch.UseReDoc(options =>
            {
                options.RoutePrefix = "redoc";
                // The package's own page asks Google for fonts.
                options.IndexStream = static () => new MemoryStream(Encoding.UTF8.GetBytes(RedocPage));
            });
        });

    private static bool IsPage(PathString path) => path.StartsWithSegments("/docs") || path.StartsWithSegments("/redoc");
}
