package odb

// Has reports whether the store has an object. It does not look into it.
func (s *Store) Has(id ID) (has bool, err error) {
	defer s.end(&err, s.begin(&err))
	if err != nil {
		return false, err
	}
	if at, err := s.inPacks(id); at.pack != nil || err != nil {
		return err == nil, err
	}
	for _, d := range s.dirs {
		if has, err := hasLoose(d, id); has || err != nil {
			return has, err
		}
	}
	more, err := s.scan()
	if !more || err != nil {
		return false, err
	}
	at, err := s.inPacks(id)
	return at.pack != nil, err
}

// Info returns the kind of an object and its size in bytes, without reading its content: nothing is verified.
func (s *Store) Info(id ID) (kind Kind, size int64, err error) {
	defer s.end(&err, s.begin(&err))
	if err != nil {
		return 0, 0, err
	}
	at, err := s.locate(id)
	if err != nil {
		return 0, 0, err
	}
	defer at.close()
	if at.loose != nil {
		err = at.loose.start()
		return at.loose.kind, at.loose.size, err
	}
	return s.packedInfo(at.place)
}

// Read returns the kind and the content of an object. One of more than limit bytes is [ErrTooLarge], found without reading it; the
// kind is known then. A negative limit stands for [Options].MaxSize, which is never exceeded. The content may be shared: the caller must not write to it.
func (s *Store) Read(id ID, limit int64) (kind Kind, data []byte, err error) {
	defer s.end(&err, s.begin(&err))
	if err != nil {
		return 0, nil, err
	}
	if limit < 0 || limit > s.opts.MaxSize {
		limit = s.opts.MaxSize
	}
	at, err := s.locate(id)
	if err != nil {
		return 0, nil, err
	}
	defer at.close()
	if at.loose != nil {
		data, err = at.loose.read(limit)
		kind = at.loose.kind
	} else {
		kind, data, err = s.packed(at.place, limit)
	}
	if err == nil && s.verifies(at.dir(), at.loose != nil) {
		err = s.wrap(at, verify(id, kind, data))
	}
	if err != nil {
		return kind, nil, err
	}
	return kind, data[:len(data):len(data)], nil
}

// wrap says where an object is that an error is about.
func (s *Store) wrap(at found, err error) error {
	switch {
	case err == nil:
		return nil
	case at.loose != nil:
		return at.loose.wrap(err)
	}
	return at.pack.errorf(at.off, "%w", err)
}
