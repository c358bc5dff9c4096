package odb

import (
	"errors"
	"fmt"
	"math"
)

// maxDeltaHead is the most that the two sizes at the start of a delta take.
const maxDeltaHead = 20

var errDeltaEnds = errors.New("the delta is truncated")

// deltaSizes reads the head of a delta (gitformat-pack(5), "Deltified representation"): the sizes of the base and of the result.
func deltaSizes(delta []byte) (base, result int64, ops []byte, err error) {
	if base, delta, err = deltaSize(delta); err != nil {
		return 0, 0, nil, err
	}
	result, ops, err = deltaSize(delta)
	return base, result, ops, err
}

func deltaSize(b []byte) (int64, []byte, error) {
	var n uint64
	for i, shift := 0, 0; i < len(b); i, shift = i+1, shift+7 {
		part := uint64(b[i] & 0x7f)
		if shift > 56 || part<<shift > math.MaxInt64 {
			return 0, nil, errors.New("a size in the delta has more than 63 bits")
		}
		n |= part << shift
		if b[i] < 0x80 {
			return int64(n), b[i+1:], nil // #nosec G115 -- 63 bits at most, see above
		}
	}
	return 0, nil, errDeltaEnds
}

// checkDelta walks the instructions of a delta without following them, so that memory is taken only for a result that they make.
func checkDelta(ops []byte, base, result int64) error {
	var made int64
	for i := 0; i < len(ops); {
		op := ops[i]
		i++
		switch {
		case op >= 0x80:
			off, size, n := copyOf(op, ops[i:])
			if n < 0 {
				return errDeltaEnds
			}
			i += n
			if off+size > base {
				return fmt.Errorf("the delta copies bytes %d to %d of a base of %d", off, off+size, base)
			}
			made += size
		case op == 0:
			return errors.New("the delta has an unknown instruction")
		default:
			if int(op) > len(ops)-i {
				return errDeltaEnds
			}
			i += int(op)
			made += int64(op)
		}
		if made > result {
			break
		}
	}
	if made != result {
		return fmt.Errorf("the delta does not make the %d bytes that it declares", result)
	}
	return nil
}

// copyOf reads the arguments of a copy instruction and returns how many bytes they take, or -1 when they are not all there.
func copyOf(op byte, args []byte) (off, size int64, n int) {
	for bit := range 7 {
		if op&(1<<bit) == 0 {
			continue
		}
		if n == len(args) {
			return 0, 0, -1
		}
		if bit < 4 {
			off |= int64(args[n]) << (8 * bit)
		} else {
			size |= int64(args[n]) << (8 * (bit - 4))
		}
		n++
	}
	if size == 0 {
		size = 0x10000
	}
	return off, size, n
}

// applyDelta makes the result of a whole delta. A result of more than limit bytes is ErrTooLarge.
func applyDelta(base, delta []byte, limit int64) ([]byte, error) {
	baseSize, size, ops, err := deltaSizes(delta)
	if err != nil {
		return nil, err
	}
	if baseSize != int64(len(base)) {
		return nil, fmt.Errorf("the delta is against a base of %d bytes, its base has %d", baseSize, len(base))
	}
	if size > limit {
		return nil, tooLarge(size, limit)
	}
	if err := checkDelta(ops, baseSize, size); err != nil {
		return nil, err
	}
	out := make([]byte, 0, size)
	for len(ops) > 0 {
		op := ops[0]
		ops = ops[1:]
		if op < 0x80 {
			out = append(out, ops[:op]...)
			ops = ops[op:]
			continue
		}
		off, n, args := copyOf(op, ops)
		out = append(out, base[off:off+n]...)
		ops = ops[args:]
	}
	return out, nil
}
