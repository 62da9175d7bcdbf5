// Command escape is a guest whose functions try to get out of the jail.
package main

import riffle_guest "riffle/udfhost/guest/runtime"

func main() { riffle_guest.Serve(riffle_guest.Scalar(riffle_Try)) }

func riffle_Try(c *riffle_guest.Call) {
	progress := c.Progress()
	arg := riffle_guest.Strings(c, 0)
	out := c.Result(riffle_guest.TypeString)
	if c.From() > 0 {
		out.NullAt(c.From() - 1)
	}
	for i := c.From(); i < c.Rows(); i++ {
		*progress = i
		v, err := Try(arg.At(i))
		if riffle_guest.Failed(err) {
			if c.Fail(err) {
				return
			}
			out.NullAt(i)
			continue
		}
		out[0].SetString(v)
	}
}
