package shelf;

import java.util.List;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.table.catalog.Catalog;
import org.apache.flink.table.catalog.GenericInMemoryCatalog;
import org.apache.flink.table.catalog.ObjectPath;
import org.apache.flink.table.catalog.exceptions.ProcedureNotExistException;
import org.apache.flink.table.factories.CatalogFactory;
import org.apache.flink.table.procedure.ProcedureContext;
import org.apache.flink.table.procedures.Procedure;

/** An in-memory catalog with a procedure. */
public final class ShelfCatalogFactory implements CatalogFactory {
    @Override
    public String factoryIdentifier() {
        return "shelf";
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
        return new ShelfCatalog(context.getName());
    }

    private static final class ShelfCatalog extends GenericInMemoryCatalog {
        ShelfCatalog(String name) {
            super(name, "main");
        }

        @Override
        public List<String> listProcedures(String database) {
            return List.of("count_to");
        }

        @Override
        public Procedure getProcedure(ObjectPath path) throws ProcedureNotExistException {
            if (!path.getObjectName().equals("count_to")) {
                throw new ProcedureNotExistException(getName(), path);
            }
            return new CountTo();
        }
    }

    /** Returns the numbers up to one. */
    public static final class CountTo implements Procedure {
        public Integer[] call(ProcedureContext context, Integer last) {
            Integer[] numbers = new Integer[last];
            for (int i = 0; i < last; i++) {
                numbers[i] = i + 1;
            }
            return numbers;
        }
    }
}
