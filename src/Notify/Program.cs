using Notify.Verbs;

return await Commands.RunAsync(args);
