package servicenowtest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rsa"
	_ "crypto/sha256" // hashes of the signatures
	_ "crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/url"
	"strings"
	"time"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

const jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer"

// JWTKey is an entry of a JWT verifier map: the key with which assertions of a kid are verified.
// https://www.servicenow.com/docs/r/platform-security/authentication/configure-an-oauth-jwt-bearer-grant.html
type JWTKey struct {
	KeyID  string
	Public crypto.PublicKey // *rsa.PublicKey or *ecdsa.PublicKey
	Shared []byte           // for HS256, HS384 and HS512
}

type jwtClaims struct {
	Issuer   string          `json:"iss"`
	Subject  string          `json:"sub"`
	Audience json.RawMessage `json:"aud"`
	Expires  int64           `json:"exp"`
	NotUntil int64           `json:"nbf"`
	ID       string          `json:"jti"`
}

// grantJWT takes an assertion: issuer and audience are the client id, the subject is the value of a column of
// sys_user, and each jti is taken once.
func (s *Server) grantJWT(c *OAuthClient, form url.Values, now time.Time) (grant, *oauthError) {
	claims, ok := verifyJWT(form.Get("assertion"), c.JWTKeys)
	switch {
	case !ok:
		return grant{}, errInvalidGrant("The assertion's signature is not valid")
	case claims.Issuer != c.ClientID || !strings.Contains(string(claims.Audience), `"`+c.ClientID+`"`):
		return grant{}, errInvalidGrant("The assertion's issuer or audience is not the client id")
	case !now.Before(time.Unix(claims.Expires, 0).Add(c.JWTClockSkew)):
		return grant{}, errInvalidGrant("The assertion is expired")
	case now.Before(time.Unix(claims.NotUntil, 0).Add(-c.JWTClockSkew)):
		return grant{}, errInvalidGrant("The assertion is not valid yet")
	case !c.AllowRepeatedJTI && (claims.ID == "" || s.tokens.seen(c.ClientID, claims.ID)):
		return grant{}, errInvalidGrant("The assertion was used before")
	}
	field := c.JWTUserField
	if field == "" {
		field = "user_name"
	}
	for _, u := range s.findUsers(field, claims.Subject) {
		if p, ok := s.activeUser(u.Get("user_name")); ok {
			return grant{user: p.name, scope: c.scope()}, nil
		}
	}
	return grant{}, errAccessDenied
}

func (s *Server) findUsers(column, value string) []db.Row {
	if value == "" {
		return nil
	}
	return s.db.Find("sys_user", column, value)
}

// verifyJWT checks a compact JWS against the verifier map, by kid.
func verifyJWT(token string, keys []JWTKey) (claims jwtClaims, ok bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return claims, false
	}
	var header struct {
		Algorithm string `json:"alg"`
		KeyID     string `json:"kid"`
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || !decodePart(parts[0], &header) || !decodePart(parts[1], &claims) {
		return claims, false
	}
	for _, k := range keys {
		if k.KeyID == header.KeyID && k.verifies(header.Algorithm, parts[0]+"."+parts[1], signature) {
			return claims, true
		}
	}
	return claims, false
}

func decodePart(part string, into any) bool {
	raw, err := base64.RawURLEncoding.DecodeString(part)
	return err == nil && json.Unmarshal(raw, into) == nil
}

var jwtHashes = map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}

// verifies checks one signature; the key's type, not the header, decides which algorithms fit.
func (k JWTKey) verifies(algorithm, signed string, signature []byte) bool {
	if len(algorithm) != 5 {
		return false
	}
	family, hash := algorithm[:2], jwtHashes[algorithm[2:]]
	if hash == 0 {
		return false
	}
	h := hash.New()
	h.Write([]byte(signed))
	digest := h.Sum(nil)
	switch key := k.Public.(type) {
	case *rsa.PublicKey:
		return family == "RS" && rsa.VerifyPKCS1v15(key, hash, digest, signature) == nil
	case *ecdsa.PublicKey:
		size := (key.Curve.Params().BitSize + 7) / 8
		return family == "ES" && len(signature) == 2*size &&
			ecdsa.Verify(key, digest, new(big.Int).SetBytes(signature[:size]), new(big.Int).SetBytes(signature[size:]))
	case nil:
		mac := hmac.New(hash.New, k.Shared)
		mac.Write([]byte(signed))
		return family == "HS" && len(k.Shared) > 0 && hmac.Equal(mac.Sum(nil), signature)
	}
	return false
}
