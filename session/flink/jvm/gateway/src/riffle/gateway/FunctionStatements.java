package riffle.gateway;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.catalog.ObjectIdentifier;
import org.apache.flink.table.catalog.UnresolvedIdentifier;
import org.apache.flink.table.functions.FunctionIdentifier;
import org.apache.flink.table.operations.Operation;
import org.apache.flink.table.operations.ddl.AlterCatalogFunctionOperation;
import org.apache.flink.table.operations.ddl.CreateCatalogFunctionOperation;
import org.apache.flink.table.operations.ddl.CreateTempSystemFunctionOperation;
import org.apache.flink.table.operations.ddl.DropCatalogFunctionOperation;
import org.apache.flink.table.operations.ddl.DropTempSystemFunctionOperation;
import riffle.gateway.plan.GoFunctions;
import riffle.gateway.plan.Payload;

/**
 * Handles statements about functions for the session's Go functions, and implements the rule for names.
 */
final class FunctionStatements {
    private final SharedTableEnvironment env;
    private final InternalCalls internal;

    FunctionStatements(SharedTableEnvironment env, InternalCalls internal) {
        this.env = env;
        this.internal = internal;
    }

    /**
     * Judges the names of functions that are to be registered, each
     * {@code {name, kind, arguments[], candidates[]}}: {@code verdicts}, for each
     * {@code {refusal, other, free}}, see {@link FunctionNames}. {@code free} is the first suitable
     * candidate if the name itself is not suitable.
     */
    ObjectNode judge(JsonNode functions) {
        FunctionNames names = new FunctionNames(env, internal);
        ObjectNode out = Json.object();
        ArrayNode verdicts = out.putArray("verdicts");
        for (JsonNode f : functions) {
            List<String> arguments = texts(f.get("arguments"));
            FunctionNames.Verdict verdict = judge(names, f.get("kind").asText(), f.get("name").asText(), arguments);
            ObjectNode said = verdicts.addObject();
            if (verdict.refusal != null) {
                said.put("refusal", verdict.refusal.name());
                said.put("free", names.free(texts(f.get("candidates")), arguments));
            }
            said.put("other", verdict.other);
        }
        return out;
    }

    private static FunctionNames.Verdict judge(
            FunctionNames names, String kind, String name, List<String> arguments) {
        switch (kind) {
            case Payload.SCALAR:
                return names.judge(name, arguments);
            case Payload.TABLE:
                return names.judgeTable(name, arguments);
            default:
                throw GoFunctions.unsupported(name, kind);
        }
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(text -> texts.add(text.asText()));
        return texts;
    }

    /**
     * Rejects the creation of a function under a name that SQL cannot call, or that would break other
     * functions. Returns what the created function replaces; null if it replaces nothing or none is
     * created.
     */
    String admit(Operation operation) {
        if (operation instanceof CreateTempSystemFunctionOperation) {
            String name = ((CreateTempSystemFunctionOperation) operation).getFunctionName();
            FunctionNames names = new FunctionNames(env, internal);
            // If the function exists, Flink rejects another one, or keeps it.
            return names.temporary(name) ? null : admit(name, names);
        }
        if (operation instanceof CreateCatalogFunctionOperation) {
            String name = ((CreateCatalogFunctionOperation) operation).getFunctionName();
            FunctionNames names = new FunctionNames(env, internal);
            if (names.temporary(name)) {
                refuse(name, FunctionNames.Refusal.EXISTS, name, names);
            }
            if (inModule(name)) {
                refuse(name, FunctionNames.Refusal.SHADOWED, name.toUpperCase(Locale.ROOT), names);
            }
            admit(name, names);
        }
        return null;
    }

    private static String admit(String name, FunctionNames names) {
        FunctionNames.Verdict verdict = names.judge(name, null);
        if (verdict.refusal != null) {
            refuse(name, verdict.refusal, verdict.other, names);
        }
        return verdict.other;
    }

    private static void refuse(String name, FunctionNames.Refusal refusal, String other, FunctionNames names) {
        String free = names.free(List.of("my_" + name, "own_" + name), null);
        throw new ValidationException(
                String.format("riffle: a name for functions: '%s' %s '%s' '%s'", name, refusal, other, free));
    }

    private boolean inModule(String name) {
        return env.modules().getFunctionDefinition(FunctionIdentifier.normalizeName(name)).isPresent();
    }

    /**
     * The Go function that a DROP FUNCTION drops; null if it drops another one. Flink's statements for
     * functions of catalogs drop a Go function if the current database has no such function.
     */
    String dropped(Operation operation, Set<String> declared) {
        if (operation instanceof DropTempSystemFunctionOperation) {
            return find(((DropTempSystemFunctionOperation) operation).getFunctionName(), declared);
        }
        if (!(operation instanceof DropCatalogFunctionOperation)) {
            return null;
        }
        ObjectIdentifier function = ((DropCatalogFunctionOperation) operation).getFunctionIdentifier();
        boolean current =
                function.getCatalogName().equals(env.getCurrentCatalog())
                        && function.getDatabaseName().equals(env.getCurrentDatabase());
        String found = current ? find(function.getObjectName(), declared) : null;
        return found == null || inCatalog(function) ? null : found;
    }

    /**
     * The last part of the name of the function that a statement creates, changes or drops; null for
     * other statements.
     */
    static String concerned(Operation operation) {
        if (operation instanceof CreateTempSystemFunctionOperation) {
            return ((CreateTempSystemFunctionOperation) operation).getFunctionName();
        }
        if (operation instanceof DropTempSystemFunctionOperation) {
            return ((DropTempSystemFunctionOperation) operation).getFunctionName();
        }
        if (operation instanceof CreateCatalogFunctionOperation) {
            return ((CreateCatalogFunctionOperation) operation).getFunctionName();
        }
        if (operation instanceof AlterCatalogFunctionOperation) {
            return ((AlterCatalogFunctionOperation) operation).getFunctionName();
        }
        return operation instanceof DropCatalogFunctionOperation
                ? ((DropCatalogFunctionOperation) operation).getFunctionName()
                : null;
    }

    private boolean inCatalog(ObjectIdentifier function) {
        try {
            return env.functions().lookupFunction(UnresolvedIdentifier.of(function.toList())).isPresent();
        } catch (RuntimeException e) {
            return true; // it exists, but cannot be loaded
        }
    }

    private static String find(String name, Set<String> declared) {
        for (String other : declared) {
            if (other.equalsIgnoreCase(name)) {
                return other;
            }
        }
        return null;
    }

    /** The Go functions that are hidden by a module's function of the same name. */
    Set<String> hiding(Set<String> declared) {
        Set<String> hiding = new TreeSet<>();
        for (String name : declared) {
            if (inModule(name)) {
                hiding.add(name);
            }
        }
        return hiding;
    }
}
