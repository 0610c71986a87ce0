# One image for every role: serve (web, worker or both), migrate, check ...
# The local carrier is not in it: WithSandbox=false leaves the project out, not just its start.
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source

# What decides on the packages comes first, so that an edit of the code does not fetch them again.
COPY global.json Directory.Build.props Directory.Packages.props BannedSymbols.txt .editorconfig ./
COPY src/Notify/Notify.csproj src/Notify/packages.published.lock.json src/Notify/
RUN dotnet restore src/Notify --locked-mode -p:WithSandbox=false

COPY . .
RUN dotnet publish src/Notify -c Release --no-restore -p:WithSandbox=false -o /app

FROM mcr.microsoft.com/dotnet/aspnet:10.0
WORKDIR /app
# The one place that may be written to, to be mounted as a volume: keys that sign people in, and the file of those who run SQLite.
RUN install -d -o "$APP_UID" -g "$APP_UID" -m 0700 /data
COPY --from=build /app .

# Diagnostics would open a socket in /tmp that nobody uses here; HTTP_PORTS is the base image's and would argue with URLS.
ENV ASPNETCORE_URLS=http://+:8080 \
    ASPNETCORE_HTTP_PORTS= \
    Data__Folder=/data \
    DOTNET_EnableDiagnostics=0
EXPOSE 8080
USER $APP_UID

# The image has no curl; bash can ask by itself.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 CMD ["bash", "-c", \
  "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /health/ready HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && read -r _ status _ <&3 && [ \"$status\" = 200 ]"]

ENTRYPOINT ["dotnet", "Notify.dll"]
CMD ["serve"]
