namespace AkkaCrypto.Hocon.Binding;

/// <summary>Which types hold many values, and which hold fields.</summary>
internal static class SettingTypes
{
    /// <summary><c>T</c> of an <c>IReadOnlyList&lt;T&gt;</c>, otherwise null.</summary>
    public static Type? ListElement(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) ? type.GetGenericArguments()[0] : null;

    /// <summary><c>T</c> of an <c>IReadOnlyDictionary&lt;string, T&gt;</c>, otherwise null.</summary>
    public static Type? MapElement(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>)
            && type.GetGenericArguments()[0] == typeof(string)
            ? type.GetGenericArguments()[1]
            : null;
}
