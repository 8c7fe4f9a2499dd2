# The image runs `./run env`: no embedded server, every address from the environment.
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
ENV DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
COPY global.json Directory.Build.props Directory.Packages.props .editorconfig ./
COPY db/ db/
COPY hocon/ hocon/
COPY redis/ redis/
COPY src/ src/
RUN dotnet publish src/Api -c Release -o /app -m \
 && dotnet publish src/Cli -c Release -o /cli -m

FROM mcr.microsoft.com/dotnet/aspnet:10.0
RUN apt-get update \
 && apt-get install -y --no-install-recommends curl \
 && rm -rf /var/lib/apt/lists/* \
 && install -d -o app -g app /data
WORKDIR /app
COPY --from=build /app /app
COPY --from=build /cli /cli
USER app
ENV AKKACRYPTO__DATA_DIR=/data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 CMD ["curl", "--fail", "--silent", "http://127.0.0.1:8080/healthz"]
# SIGTERM reaches the service itself, which stops what it started within 10 s.
STOPSIGNAL SIGTERM
ENTRYPOINT ["dotnet", "AkkaCrypto.Api.dll", "--profile", "env"]
