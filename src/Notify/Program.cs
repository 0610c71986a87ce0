using Notify;

var app = NotifyApp.Build(args);
await app.RunAsync();
