// Package wire implements the format of Jupyter's messages, version 5.5 of the protocol: the
// connection file, which contains the addresses and the key; the parts of a message; and its
// signature. Package kernel implements the meaning of the messages.
//
// https://jupyter-client.readthedocs.io/en/stable/messaging.html
package wire
