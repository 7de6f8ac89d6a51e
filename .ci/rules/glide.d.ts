// What a Business Rule and a script action find in their global scope, with the types that ServiceNow publishes.
import * as glide from '@servicenow/glide';
import * as ws from '@servicenow/glide/src/sn_ws';

declare global {
    const current: glide.GlideRecord<any>;
    const previous: glide.GlideRecord<any>;
    const event: { parm1: glide.GlideElement; parm2: glide.GlideElement; };
    // logError is of the documentation for global scope, and in no typings.
    const gs: typeof glide.gs & { logError(message: string, source: string): void; };
    const GlideDateTime: typeof glide.GlideDateTime;
    const CertificateEncryption: { new(): { generateMac(key: string, algorithm: string, data: string): string; } };
    // Of the documentation for global scope; in no typings.
    const GlideCertificateEncryption: { new(): { generateMac(key: string, algorithm: string, data: string): string; } };
    const GlideScriptRecordUtil: { get(r: any): { getChangedFieldNames(): { size(): number; get(i: number): string; }; } };
    namespace sn_ws {
        class RESTMessageV2 extends ws.RESTMessageV2 {}
    }
}
