// Package signed verifies and makes detached SSH signatures of files, as "ssh-keygen -Y sign" writes them (PROTOCOL.sshsig of
// OpenSSH): what an administrator hands out, such as a policy or the snapshot of an issue tracker, is believed because of who signed
// it, not because of where it lies.
//
// Who may sign is a list of public keys in the form of authorized_keys (sshd(8), "AUTHORIZED_KEYS FILE FORMAT") without options:
//
//	keys, err := signed.ParseKeys("keys", []byte("ssh-ed25519 AAAA… release"))
//	if err != nil {
//		return err
//	}
//	key, err := keys.Verify(signed.Policy, data, signature)
//	// errors.Is(err, signed.ErrUnknownKey): somebody signed it who may not
//
// The same from a shell: ssh-keygen -Y sign -n refward-policy -f KEY FILE writes FILE.sig.
package signed
