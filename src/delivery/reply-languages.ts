// What servers say in other languages than English: full mailboxes and missing ones.
import type { TextRule } from './reply-rules.ts'

/** Read after the English words: most servers give both. */
export const LANGUAGE_RULES: readonly TextRule[] = [
  // French, German, Spanish, Italian, Portuguese, Dutch, Polish, Czech, Russian, Japanese, Chinese, Korean: full.
  {
    class: 'mailbox',
    words:
      /bo[iî]te\b.{0,40}pleine|quota d[ée]pass[ée]|postfach\b.{0,30}(?:voll|[üu]berf[üu]llt)|buz[óo]n\b.{0,30}llen[oa]|cuota\b.{0,20}excedid|demasiados mensajes|casella\b.{0,30}piena|caixa\b.{0,30}cheia|quota excedida|postvak\b.{0,20}vol|skrzynka\b.{0,20}pe[łl]na|schr[áa]nka\b.{0,20}pln/i,
  },
  {
    class: 'mailbox',
    words:
      /ящик.{0,20}переполнен|превышен.{0,20}квот|(?:メールボックス|受信箱|容量).{0,20}(?:一杯|いっぱい|満杯|超え|オーバー)|(?:邮箱|信箱|空间).{0,10}(?:已?满|不足)|(?:사서함|메일함|용량).{0,12}(?:가득|초과)/i,
  },
  // The same: missing.
  {
    class: 'hard',
    words:
      /(?:utilisateur|destinataire|adresse)\b.{0,30}(?:inconnue?\b|inexistante?)|adresse d.au moins un destinataire invalide|(?:benutzer|empf[äa]e?nger|postfach|adressat)\b.{0,40}(?:unbekannt|existiert nicht|nicht gefunden)|(?:usuario|destinatario|buz[óo]n|cuenta)\b.{0,40}(?:desconocid[oa]|no existe|inexistente)|(?:utente|destinatario|casella|indirizzo)\b.{0,40}(?:sconosciut[oa]|inesistente|non esiste)/i,
  },
  {
    class: 'hard',
    words:
      /(?:usu[áa]rio|destinat[áa]rio|conta)\b.{0,40}(?:desconhecid[oa]|inexistente|n[ãa]o existe)|(?:gebruiker|adres|postvak)\b.{0,40}(?:onbekend|bestaat niet)|(?:u[żz]ytkownik|adres|skrzynka)\b.{0,40}(?:nieznany|nie istnieje)|(?:u[žz]ivatel|schr[áa]nka)\b.{0,40}neexistuje/i,
  },
  {
    class: 'hard',
    words:
      /(?:пользовател|получател|ящик|адрес).{0,40}(?:не найден|не существует|неизвест)|(?:нет такого|несуществующ).{0,20}(?:пользовател|ящик|адрес)|(?:宛先|アドレス|ユーザー?|メールボックス).{0,20}(?:存在し|見つかり|不明|ございません)|(?:用户|邮箱|收件人|地址).{0,12}(?:不存在|未找到)|(?:사용자|수신자|메일 ?주소|계정).{0,20}(?:존재하지|찾을 수 없|없는)/i,
  },
]
