package riffle.gateway;

import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.DriverPropertyInfo;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Properties;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.logging.Logger;

/**
 * Makes the JDBC drivers in the session's jars available to all callers of Java's DriverManager.
 * DriverManager looks for drivers once in the life of a JVM, and returns a driver only to classes whose
 * loader can load the driver's class. This driver is visible to all, and searches the jars that are
 * present at the time of the call.
 */
final class JdbcDrivers implements Driver {
    private static final int MOST_FAILURES = 100;

    private final JarLoader jars;

    private JdbcDrivers(JarLoader jars) {
        this.jars = jars;
    }

    static void register(JarLoader jars) {
        try {
            DriverManager.registerDriver(new JdbcDrivers(jars));
        } catch (SQLException e) {
            throw new IllegalStateException("Java does not take a JDBC driver", e);
        }
    }

    private List<Driver> drivers() {
        List<Driver> drivers = new ArrayList<>();
        Iterator<Driver> services = ServiceLoader.load(Driver.class, jars.current()).iterator();
        for (int failures = 0; failures < MOST_FAILURES; ) {
            try {
                if (!services.hasNext()) {
                    break;
                }
                drivers.add(services.next());
            } catch (ServiceConfigurationError | LinkageError e) {
                failures++; // the iterator continues after it
            }
        }
        return drivers;
    }

    @Override
    public Connection connect(String url, Properties properties) throws SQLException {
        for (Driver driver : drivers()) {
            Connection connection = driver.connect(url, properties);
            if (connection != null) {
                return connection;
            }
        }
        return null;
    }

    @Override
    public boolean acceptsURL(String url) throws SQLException {
        for (Driver driver : drivers()) {
            if (driver.acceptsURL(url)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public DriverPropertyInfo[] getPropertyInfo(String url, Properties properties) throws SQLException {
        for (Driver driver : drivers()) {
            if (driver.acceptsURL(url)) {
                return driver.getPropertyInfo(url, properties);
            }
        }
        return new DriverPropertyInfo[0];
    }

    @Override
    public int getMajorVersion() {
        return 1;
    }

    @Override
    public int getMinorVersion() {
        return 0;
    }

    @Override
    public boolean jdbcCompliant() {
        return false;
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        throw new SQLFeatureNotSupportedException();
    }
}
