// Package wire is the form of Jupyter's messages, version 5.5 of the protocol: the
// connection file that says where and with which key, the parts that a message
// travels as, and its signature. What messages mean is the kernel's to know.
//
// https://jupyter-client.readthedocs.io/en/stable/messaging.html
package wire
