/**
 * Access to Flink's private parts. The interface {@code Internals} has one implementation for each minor
 * version of Flink.
 */
package riffle.gateway.internals;
