package yard;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.table.catalog.Catalog;
import org.apache.flink.table.catalog.GenericInMemoryCatalog;
import org.apache.flink.table.catalog.ObjectPath;
import org.apache.flink.table.catalog.exceptions.ProcedureNotExistException;
import org.apache.flink.table.factories.CatalogFactory;
import org.apache.flink.table.procedures.Procedure;

/** An in-memory catalog with procedures that run jobs, and that need classes from other jars. */
public final class YardCatalogFactory implements CatalogFactory {
    private static final Map<String, Procedure> PROCEDURES =
            new TreeMap<>(
                    Map.of(
                            "collect_to", new JobProcedures.CollectTo(),
                            "count_to", new JobProcedures.CountTo(),
                            "submit_to", new JobProcedures.SubmitTo(),
                            "endless", new JobProcedures.Endless(),
                            "failing", new JobProcedures.Failing(),
                            "open_url", new JarProcedures.Connect(),
                            "late", new JarProcedures.LateClass(),
                            "hadoop", new JarProcedures.Hadoop(),
                            "secure", new JarProcedures.Secure()));

    @Override
    public String factoryIdentifier() {
        return "yard";
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
        return Set.of();
    }

    @Override
    public Set<ConfigOption<?>> optionalOptions() {
        return Set.of();
    }

    @Override
    public Catalog createCatalog(Context context) {
        return new Yard(context.getName());
    }

    private static final class Yard extends GenericInMemoryCatalog {
        Yard(String name) {
            super(name, "main");
        }

        @Override
        public List<String> listProcedures(String database) {
            return List.copyOf(PROCEDURES.keySet());
        }

        @Override
        public Procedure getProcedure(ObjectPath path) throws ProcedureNotExistException {
            Procedure procedure = PROCEDURES.get(path.getObjectName());
            if (procedure == null) {
                throw new ProcedureNotExistException(getName(), path);
            }
            return procedure;
        }
    }
}
