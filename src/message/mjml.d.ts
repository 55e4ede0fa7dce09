// The types of mjml 5 as we use it: the package ships none.
declare module 'mjml' {
  interface MjmlOptions {
    validationLevel: 'strict'
    fonts: Record<string, string>
    ignoreIncludes: true
    keepComments: boolean
    beautify: false
    minify: false
  }
  function mjml2html(source: string, options: MjmlOptions): Promise<{ html: string }>
  export = mjml2html
}
