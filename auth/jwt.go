package auth

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

// JWT is what a [JWTBearer] grant signs its assertions with.
type JWT struct {
	// Key signs with RS256: an *rsa.PrivateKey of at least 2048 bits, or an HSM's signer with such a public key.
	Key crypto.Signer
	// KeyID is the kid of the JWT verifier map that holds Key's certificate. Required.
	KeyID string
	// Subject is the value of the "User field" of the application: by default a user's e-mail address.
	Subject string
	// Lifetime of each assertion; zero is two minutes. The instance may allow no clock skew, so keep clocks right.
	Lifetime time.Duration
}

// JWTBearer is the grant of a service that signs for a user. Each exchange signs a new assertion with a jti of its own:
// the instance refuses one that it has seen. No refresh token is issued.
// https://www.servicenow.com/docs/r/platform-security/authentication/configure-an-oauth-jwt-bearer-grant.html
func JWTBearer(j JWT) Grant {
	return func(ctx context.Context, app App) (Token, error) {
		assertion, err := j.sign(app.ClientID, time.Now())
		if err != nil {
			return Token{}, err
		}
		return app.direct(ctx, "jwt bearer", url.Values{
			"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {assertion},
		})
	}
}

type jwtHeader struct {
	Algorithm string `json:"alg"`
	KeyID     string `json:"kid"`
	Type      string `json:"typ"`
}

type jwtClaims struct {
	Issuer   string `json:"iss"`
	Audience string `json:"aud"`
	Subject  string `json:"sub"`
	IssuedAt int64  `json:"iat"`
	Expires  int64  `json:"exp"`
	ID       string `json:"jti"`
}

// sign makes one assertion. The platform wants its client id as issuer and as audience.
func (j JWT) sign(clientID string, now time.Time) (string, error) {
	if j.Key == nil || j.KeyID == "" || j.Subject == "" || j.Lifetime < 0 {
		return "", fmt.Errorf("auth: a JWT needs Key, KeyID and Subject: %w", rest.ErrInvalid)
	}
	if public, ok := j.Key.Public().(*rsa.PublicKey); !ok || public.N.BitLen() < 2048 {
		return "", fmt.Errorf("auth: a JWT's Key must be RSA with 2048 bits or more: %w", rest.ErrInvalid)
	}
	life := j.Lifetime
	if life == 0 {
		life = 2 * time.Minute
	}
	header, err := json.Marshal(jwtHeader{Algorithm: "RS256", KeyID: j.KeyID, Type: "JWT"})
	if err != nil {
		return "", fmt.Errorf("auth: JWT: %w", err)
	}
	claims, err := json.Marshal(jwtClaims{
		Issuer: clientID, Audience: clientID, Subject: j.Subject,
		IssuedAt: now.Unix(), Expires: now.Add(life).Unix(), ID: newState(),
	})
	if err != nil {
		return "", fmt.Errorf("auth: JWT: %w", err)
	}
	enc := base64.RawURLEncoding
	text := enc.EncodeToString(header) + "." + enc.EncodeToString(claims)
	sum := sha256.Sum256([]byte(text))
	signature, err := j.Key.Sign(rand.Reader, sum[:], crypto.SHA256) // PKCS #1 v1.5, which RS256 is
	if err != nil {
		return "", fmt.Errorf("auth: signing a JWT: %w", err)
	}
	return text + "." + enc.EncodeToString(signature), nil
}
